"""What every schedule has to pass, and how its values are read."""

import json

import keras
import numpy as np


def rates_of(schedule, steps):
    """The rate at each step, the step given as optimizers give it."""
    return [float(schedule(keras.ops.convert_to_tensor(step, "int32"))) for step in steps]


def check_steps(schedule, steps=6):
    """Inside `fit`, in half precision too."""
    for policy in ("float32", "mixed_bfloat16"):
        used = rates_used(schedule, steps, policy)
        np.testing.assert_allclose(used, rates_of(schedule, range(steps)), rtol=1e-4, atol=1e-7, err_msg=policy)


def rates_used(schedule, steps, policy):
    """Where the output is the loss, and the input 1, gradient descent lowers the one weight by the rate at each step."""
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", dtype=policy)
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(keras.optimizers.SGD(schedule), lambda y_true, y_pred: y_pred)
    seen = [0.0]
    after = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: seen.append(float(layer.get_weights()[0][0, 0])))
    model.fit(np.ones((2, 1)), np.ones((2, 1)), batch_size=2, epochs=steps, verbose=0, callbacks=[after])
    return -np.diff(seen)


def check_stored(schedule):
    """Through JSON, as in a saved model; Keras finds the class by its registered name, and every argument comes back."""
    stored = json.loads(json.dumps(keras.saving.serialize_keras_object(schedule)))
    assert stored["registered_name"] == f"keras_tips>{type(schedule).__name__}"
    again = keras.saving.deserialize_keras_object(stored)
    assert type(again) is type(schedule)
    assert vars(again) == vars(schedule)
    optimizer = keras.optimizers.Adam(schedule)
    restored = keras.optimizers.Adam.from_config(optimizer.get_config())
    assert float(restored.learning_rate) == float(schedule(0))
