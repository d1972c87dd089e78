"""The range test with all kinds of models and optimizers."""

import keras
import numpy as np
import pytest
from test_find_learning_rate import STEPS, a_model, data

from keras_tips.callbacks import find_learning_rate


def test_several_inputs_outputs_losses_and_weights():
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    both = keras.layers.Dense(8, "relu")(keras.layers.Concatenate()([one, two]))
    outputs = {"size": keras.layers.Dense(1, name="size")(both), "kind": keras.layers.Dense(3, "softmax", name="kind")(both)}
    model = keras.Model({"one": one, "two": two}, outputs)
    model.compile("adam", {"size": "mse", "kind": "sparse_categorical_crossentropy"}, metrics={"kind": ["accuracy"]})
    x, y = data()
    targets = {"size": y, "kind": (y[:, 0] > 0).astype("int32")}
    weights = {"size": np.ones(96), "kind": np.linspace(0, 1, 96)}
    test = find_learning_rate(model, {"one": x, "two": -x}, targets, sample_weight=weights, steps=STEPS, batch_size=32)
    assert len(test.losses) > 10


def test_class_weights_count():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax", kernel_initializer="zeros")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = data(32)[0], np.zeros(32)
    kwargs = {"steps": STEPS, "maximum": 1e-5, "minimum": 1e-6, "class_weight": {0: 10.0, 1: 1.0}}
    assert find_learning_rate(model, x, y, **kwargs).losses[0] == pytest.approx(10 * np.log(2), rel=1e-3)


GENTLE = {"steps": STEPS, "batch_size": 32, "shuffle": False, "maximum": 0.1}


def gentle(learning_rate):
    return keras.optimizers.SGD(learning_rate, momentum=0.5)


@pytest.fixture(scope="module")
def plain():
    """The test with a plain optimizer."""
    return find_learning_rate(a_model(gentle(0.3)), *data(), **GENTLE)


@pytest.mark.parametrize(
    "make",
    [
        lambda: gentle(keras.optimizers.schedules.CosineDecay(1.0, 10)),
        lambda: keras.optimizers.LossScaleOptimizer(gentle(7.0)),
        lambda: keras.optimizers.LossScaleOptimizer(gentle(keras.optimizers.schedules.CosineDecay(1.0, 10))),
    ],
    ids=["schedule", "loss scale", "schedule in loss scale"],
)
def test_the_rate_of_the_test_takes_the_place_of_the_optimizers(make, plain):
    model = a_model(make())
    rate = float(model.optimizer.learning_rate)
    test = find_learning_rate(model, *data(), **GENTLE)
    np.testing.assert_allclose(test.losses, plain.losses, rtol=1e-4)
    assert float(model.optimizer.learning_rate) == rate


def test_steps_of_gradient_accumulation_are_steps_of_the_optimizer():
    x, y = data()
    kwargs = {"steps": STEPS, "shuffle": False, "maximum": 0.1}
    accumulating = keras.optimizers.SGD(gradient_accumulation_steps=2)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    weights = model.get_weights()
    losses = []
    for optimizer, batch_size in ((accumulating, 16), (keras.optimizers.SGD(), 32)):
        model.set_weights(weights)
        model.compile(optimizer, "mse")
        losses.append(find_learning_rate(model, x, y, batch_size=batch_size, **kwargs).losses)
    np.testing.assert_allclose(*losses, rtol=1e-4)


def test_what_is_left_out_of_weight_decay_stays_out():
    x = np.zeros((8, 1))
    losses = []
    for excluded in ([], ["kernel"]):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2")])
        optimizer = keras.optimizers.SGD(weight_decay=1.0)
        optimizer.exclude_from_weight_decay(var_names=excluded)
        model.compile(optimizer, "mse")
        model.layers[0].kernel_regularizer.l2 = 1.0
        # the target takes the place of the pull of the penalty: only the decay is left to tell the two apart
        losses.append(find_learning_rate(model, x, x, steps=STEPS, minimum=1e-3, maximum=0.1).losses[-1])
    assert losses[0] < 0.9 * losses[1]


class NoLoss(keras.Sequential):
    def train_step(self, *args):
        result = super().train_step(*args)
        logs = {"error": result[0]["loss"] if isinstance(result, tuple) else result["loss"]}
        return (logs, result[1]) if isinstance(result, tuple) else logs


def test_a_train_step_without_a_loss_is_told():
    model = NoLoss([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="returns no 'loss'"):
        find_learning_rate(model, *data(), steps=STEPS)


def several():
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(keras.optimizers.SGD()))


@pytest.mark.parametrize("compiled, told", [(False, "model.compile"), (True, "one learning rate per group")])
def test_models_without_one_learning_rate_are_refused(compiled, told):
    model = a_model(several()) if compiled else keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=told):
        find_learning_rate(model, *data())


@pytest.mark.parametrize("momentum, moves", [(0.0, False), (0.95, True)])
def test_momentum_goes_with_the_optimizer(momentum, moves):
    """Weights with momentum move on, however low the rate of the test."""
    model = a_model(keras.optimizers.SGD(0.02, momentum=momentum))
    model.fit(*data(), batch_size=96, epochs=3, verbose=0)
    test = find_learning_rate(model, *data(), batch_size=96, shuffle=False, steps=STEPS, minimum=1e-10, maximum=1e-9)
    assert (np.ptp(test.losses) > 1e-3) == moves
