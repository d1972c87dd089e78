"""The monitor against a hand-written loop, for each kind of model and of precision."""

import keras
import numpy as np
import pytest
from hand_loop import against_hand_loop
from keras import layers
from own_step import OwnStep

from keras_tips.callbacks import GradientMonitor

pytestmark = pytest.mark.backend

ROWS, FEATURES, CLASSES, TIMES = 8, 6, 3, 5
SGD, Adam, LOSS = keras.optimizers.SGD, keras.optimizers.Adam, "sparse_categorical_crossentropy"

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(ROWS, FEATURES)).astype("float32"), rng.integers(0, CLASSES, ROWS)
SERIES = rng.normal(size=(ROWS, TIMES, FEATURES)).astype("float32")
TOKENS = np.where(np.arange(TIMES) < 3, rng.integers(1, 9, (ROWS, TIMES)), 0).astype("int32")  # 0 is masked
IMAGES = rng.normal(size=(ROWS, 6, 6, 1)).astype("float32")


def compiled(model, optimizer=None, loss=LOSS, **options):
    model.compile(optimizer or SGD(0.1), loss, **options)
    return model


def dense(**options):
    hidden = layers.Dense(5, "tanh", name="hidden", **options)
    return keras.Sequential([keras.Input((FEATURES,)), hidden, layers.Dense(CLASSES, "softmax", name="last", **options)])


def several_inputs_and_outputs():
    first, second = keras.Input((FEATURES,), name="first"), keras.Input((4,), name="second")
    joined = layers.Concatenate()([layers.Dense(5, "tanh")(first), layers.Dense(5, "tanh")(second)])
    kind, size = layers.Dense(CLASSES, "softmax", name="kind")(joined), layers.Dense(1, name="size")(joined)
    model = keras.Model([first, second], {"kind": kind, "size": size})
    return compiled(model, None, {"kind": LOSS, "size": "mse"}, loss_weights={"kind": 0.7, "size": 0.2})


def nested():
    inner = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(5, "tanh"), layers.Dense(4, "relu")])
    inputs = keras.Input((FEATURES,))
    middle = keras.Model(inputs, layers.Dense(CLASSES, "softmax")(inner(inputs)))
    return compiled(keras.Sequential([keras.Input((FEATURES,)), middle]))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.last = layers.Dense(4, "tanh"), layers.Dense(CLASSES, "softmax")

    def call(self, inputs):
        return self.last(self.hidden(inputs))


class WithOwnStep(OwnStep, Subclassed):
    """A subclassed model whose `train_step` is written by hand, as Keras's guides show it."""


def recurrent(kind):
    model = [kind(4, return_sequences=True), layers.Bidirectional(kind(3)), layers.Dense(CLASSES, "softmax")]
    return compiled(keras.Sequential([keras.Input((TIMES, FEATURES)), *model]))


def masked():
    model = [layers.Embedding(9, 4, mask_zero=True), layers.LSTM(4), layers.Dense(CLASSES, "softmax")]
    return compiled(keras.Sequential([keras.Input((TIMES,), dtype="int32"), *model]))


def attention():
    # Without biases: that of the keys has a gradient of exactly 0, of which rounding alone is left.
    inputs = keras.Input((TIMES, FEATURES))
    attended = layers.MultiHeadAttention(2, 3, use_bias=False)(inputs, inputs)
    hidden = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(attended + inputs))
    return compiled(keras.Model(inputs, layers.Dense(CLASSES, "softmax")(hidden)), Adam(0.01))


def convolution():
    model = [layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten()]
    return compiled(keras.Sequential([keras.Input((6, 6, 1)), *model, layers.Dense(CLASSES, "softmax")]))


def several_optimizers():
    def of_variable(variable):
        return slow if "hidden" in variable.path else fast

    slow, fast = SGD(0.1), Adam(0.01)
    return compiled(dense(), keras.optimizers.MultiOptimizer(of_variable))


def scaled(optimizer):
    return keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=1024.0)


CASES = {  # name -> (model, inputs)
    "nested": (nested, X),
    "subclassed": (lambda: compiled(Subclassed(), Adam(0.01)), X),
    "simple_rnn": (lambda: recurrent(layers.SimpleRNN), SERIES),
    "gru": (lambda: recurrent(layers.GRU), SERIES),
    "lstm": (lambda: recurrent(layers.LSTM), SERIES),
    "masked": (masked, TOKENS),
    "attention": (attention, SERIES),
    "convolution": (convolution, IMAGES),
    "jitted": (lambda: compiled(dense(), jit_compile=keras.backend.backend() != "torch"), X),
    "mixed_bfloat16": (lambda: compiled(dense(dtype="mixed_bfloat16")), X),
    "mixed_float16": (lambda: compiled(dense(dtype="mixed_float16"), scaled(SGD(0.1))), X),
    "overflowing_float16": (
        lambda: compiled(dense(dtype="mixed_float16"), keras.optimizers.LossScaleOptimizer(SGD(0.1), initial_scale=2.0**40)),
        X,
    ),
    "several_optimizers": (several_optimizers, X),
}


@pytest.mark.parametrize("case", CASES)
def test_equals_a_hand_written_loop(case):
    make, x = CASES[case]
    against_hand_loop(make, GradientMonitor(every=1), x, Y)


def test_a_train_step_of_ones_own():
    against_hand_loop(lambda: compiled(WithOwnStep()), GradientMonitor(every=1), X, Y, unseen=["batch_loss"])


def test_several_inputs_and_outputs():
    targets = {"kind": Y, "size": X[:, :1]}
    monitor = against_hand_loop(several_inputs_and_outputs, GradientMonitor(every=1), [X, X[:, :4]], targets)
    assert set(monitor.run.places("kind_loss")) == {"train"}


def test_weights_of_classes():
    weights = {0: 0.5, 1: 2.0, 2: 1.0}
    of_rows = np.array([weights[number] for number in Y], "float32")
    against_hand_loop(lambda: compiled(dense()), GradientMonitor(every=1), X, Y, of_rows, class_weight=weights)


def test_an_overflow_is_recorded_and_the_step_left_out():
    keras.utils.set_random_seed(1)
    model, monitor = CASES["overflowing_float16"][0](), GradientMonitor(every=1)
    model.fit(X, Y, batch_size=ROWS, verbose=0, callbacks=[monitor])
    path = model.get_layer("hidden").kernel.path
    assert not np.isfinite(monitor.run.values("gradient_norm", path)[0])
    assert monitor.run.values("gradient_not_finite", path)[0] > 0
    assert monitor.run.values("update_ratio", path)[0] == 0


def test_a_loop_of_ones_own_with_train_on_batch():
    keras.utils.set_random_seed(1)
    model, monitor, plain = compiled(dense()), GradientMonitor(every=2), GradientMonitor(every=2)
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    compiled(twin).fit(X, Y, batch_size=2, shuffle=False, verbose=0, callbacks=[plain])
    hooks = keras.callbacks.CallbackList([monitor], model=model, epochs=1, steps=4)
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    for batch in range(4):
        hooks.on_train_batch_begin(batch)
        loss = model.train_on_batch(X[2 * batch : 2 * batch + 2], Y[2 * batch : 2 * batch + 2])
        hooks.on_train_batch_end(batch, {"loss": loss})
    hooks.on_epoch_end(0, {"loss": loss})
    hooks.on_train_end()
    steps, values = monitor.run.series("gradient_norm", model.get_layer("last").kernel.path)
    assert steps.tolist() == [0, 2]
    np.testing.assert_allclose(values, plain.run.values("gradient_norm", twin.get_layer("last").kernel.path), rtol=1e-6)
    assert monitor.run.status == "completed"
