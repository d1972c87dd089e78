"""Every tip on real Keras models, sick in many ways at once, on every backend."""

import keras
import numpy as np
import pytest

from keras_tips.tips import build, describe, get, names, train

pytestmark = [
    pytest.mark.backend,
    # 2026-11: TensorFlow 2.21's variables lack the copy keyword that NumPy 2 asks for; Keras converts them all the time.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

NUMBERS = np.random.default_rng(0)
ROWS = NUMBERS.normal(1.0, 2.0, size=(24, 4)).astype("float32")
IMAGES = NUMBERS.normal(0.0, 1.0, size=(24, 4, 4, 1)).astype("float32")
LABELS = np.arange(24) % 3
AMOUNTS = NUMBERS.normal(150.0, 50.0, size=(24, 1)).astype("float32")
NEEDED = {"class_weights": {"counts": [8, 8, 8]}, "scale_targets": {"mean": 150.0, "deviation": 50.0}}
TIPS = [name for name in names() if not get(name).by_hand]
FOR_AMOUNTS = {"linear_output", "scale_targets"}
FOR_YES_AND_NO = {"sigmoid_output"}


@keras.saving.register_keras_serializable("tests")
class OwnDropout(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        return inputs

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


def dense(units, activation, **options):
    return keras.layers.Dense(units, activation, kernel_regularizer="l2", bias_regularizer="l2", **options)


def chain():
    """A Sequential model with one nested in it."""
    inner = keras.Sequential([keras.Input((6,)), dense(6, "sigmoid"), dense(6, "linear"), keras.layers.ReLU()], name="inner")
    return keras.Sequential(
        [
            keras.Input((4,)),
            dense(6, "tanh", trainable=False),
            inner,
            dense(6, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.8),
            OwnDropout(0.5),
            keras.layers.GaussianNoise(0.1),
            dense(6, "relu"),
            keras.layers.Dense(3, "softmax"),
        ]
    )


def graph():
    """A functional model with a shared layer, an addition and a nested model that gives the prediction."""
    inputs = keras.Input((4,))
    hidden = dense(6, "sigmoid", trainable=False)(inputs)
    shared = dense(6, "relu")
    hidden = keras.layers.add([shared(hidden), shared(shared(hidden))])
    hidden = keras.layers.BatchNormalization()(dense(6, None)(hidden))
    hidden = keras.layers.Dropout(0.8)(keras.layers.Activation("relu")(hidden), training=True)
    hidden = OwnDropout(0.5)(dense(6, "tanh")(keras.layers.GaussianNoise(0.1)(hidden)))
    inside = keras.Input((6,))
    end = keras.Model(inside, keras.layers.Dense(3, "softmax")(dense(6, "relu")(dense(6, "relu")(inside))), name="end")
    return keras.Model(inputs, end(hidden))


def pictures():
    """Convolutions, for images."""
    inputs = keras.Input((4, 4, 1))
    hidden = keras.layers.RandomContrast(0.5)(inputs)
    for _ in range(3):
        hidden = keras.layers.Conv2D(4, 3, padding="same", activation="sigmoid", kernel_regularizer="l2")(hidden)
    hidden = keras.layers.Dropout(0.8)(keras.layers.BatchNormalization()(keras.layers.MaxPooling2D()(hidden)))
    hidden = OwnDropout(0.5)(dense(6, "relu", trainable=False)(keras.layers.Flatten()(hidden)))
    return keras.Model(inputs, keras.layers.Dense(3, "softmax")(hidden))


def case(name, make):
    """The experiment for a tip, and its data: classes, amounts, or yes and no."""
    model = make()
    x = IMAGES if make is pictures else ROWS
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=name == "match_logits", reduction="sum")
    optimizer = keras.optimizers.RMSprop(0.001, epsilon=0.1, weight_decay=0.1)
    y = LABELS
    if name in FOR_AMOUNTS or name in FOR_YES_AND_NO:
        loss = "mse"
        y = np.repeat(AMOUNTS, 3, axis=1) if name in FOR_AMOUNTS else np.eye(3)[LABELS]
    model.compile(optimizer, loss, run_eagerly=True)
    given = describe(model, epochs=1, batch_size=12, shuffle=False)
    if name == "scale_targets":
        given = get("linear_output").apply(given).replace(applied=())
    if name == "augment" and make is not pictures:
        given = get("scale_inputs").apply(given).replace(applied=())
        given = get("weaker_augmentation").apply(given, factor=0.0).replace(applied=())
    return given, (x, y)


OF_IMAGES = (
    "augment",
    "batch_normalization",
    "fewer_layers",
    "glorot_initialization",
    "more_units",
    "prelu",
    "residual",
    "scale_inputs",
    "softmax_output",
    "weaker_augmentation",
    "whiten_inputs",
)


@pytest.mark.parametrize(
    "name, make", [(name, make) for name in TIPS for make in (chain, graph)] + [(name, pictures) for name in OF_IMAGES]
)
def test_every_tip_trains(name, make):
    given, data = case(name, make)
    changed = get(name).apply(given, **NEEDED.get(name, {}))
    assert changed.applied == (name,)
    model, history = train(changed, data, data)
    assert np.isfinite(history.history["val_loss"]).all()
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize("make", [chain, graph, pictures])
def test_several_tips_in_a_row(make):
    given, data = case("", make)
    chosen = ("more_units", "batch_normalization", "relu", "he_initialization", "scale_inputs", "dropout", "residual", "l2")
    for name in chosen:
        given = get(name).apply(given)
    _, history = train(given, data)
    assert np.isfinite(history.history["loss"]).all()
    assert set(given.applied) >= {"batch_normalization", "relu", "scale_inputs", "more_units"}


@pytest.mark.parametrize("kind", ["cosine", "exponential", "steps", "one_cycle"])
def test_schedules_are_built(kind):
    given, data = case("", chain)
    model = build(get("learning_rate_schedule").apply(given, kind=kind), data[0])
    schedule = keras.optimizers.schedules.deserialize(model.optimizer.get_config()["learning_rate"])
    rates = [float(keras.ops.convert_to_numpy(schedule(step))) for step in (3, 5, 9)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.03 * 0.001


def test_a_warm_up_ends_at_the_rate_itself():
    given, data = case("", chain)
    model = build(get("warmup").apply(given, share=0.2), data[0])
    schedule = keras.optimizers.schedules.deserialize(model.optimizer.get_config()["learning_rate"])
    rates = [float(keras.ops.convert_to_numpy(schedule(step))) for step in (0, 1, 2, 50)]
    assert rates == pytest.approx([0.00001, 0.000505, 0.001, 0.001], rel=1e-4)


def test_scaled_targets_come_back_in_their_units():
    given, data = case("scale_targets", chain)
    changed = get("scale_targets").apply(given, **NEEDED["scale_targets"])
    model, history = train(changed, data)
    assert 100.0 < model.predict(ROWS, verbose=0).mean() < 200.0
    assert history.history["loss"][0] < 100.0  # in units of the targets' variance, with penalties
