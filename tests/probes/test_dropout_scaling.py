"""What is said of dropout is true: against all masks in NumPy, on healthy models, and on planted defects."""

import itertools
import math

import keras
import numpy as np
import pytest
from planted_dropout import NoFlagModel, OwnModel, Scaled, Swaying, WholeRows, sick_layers

from keras_tips.layers import ClassicDropout
from keras_tips.probes.dropout_scaling import dropout_scaling

layers = keras.layers
FEW = 16  # draws: enough for defects as large as the planted ones


def rows(*shape, seed=0):
    return np.random.default_rng(seed).normal(0.3, 1.0, (24, *shape)).astype("float32")


def model_of(*parts, shape=(12,)):
    return keras.Sequential([keras.Input(shape), *parts])


def as_numpy(value):
    return np.asarray(keras.ops.convert_to_numpy(value), "float64")


def verdicts(found):
    return [entry.verdict for entry in found.layers]


@pytest.mark.backend
def test_mean_over_all_masks_is_that_of_numpy():
    keras.utils.set_random_seed(1)
    first, last = layers.Dense(4, activation="sigmoid"), layers.Dense(2, activation="tanh")
    model = model_of(layers.Dropout(0.3), first, ClassicDropout(0.6), last, shape=(3,))
    x = rows(3)
    w, b, v, c = (as_numpy(weight) for weight in (first.kernel, first.bias, last.kernel, last.bias))

    def forward(inputs, hidden_factor):
        return np.tanh(hidden_factor * (1 / (1 + np.exp(-(inputs @ w + b)))) @ v + c)

    mean = np.zeros((24, 2))
    for mask in itertools.product((0, 1), repeat=7):
        below, above = np.array(mask[:3]), np.array(mask[3:])
        probability = np.prod(np.where(below, 0.7, 0.3)) * np.prod(np.where(above, 0.4, 0.6))
        mean += probability * forward(x * below / 0.7, above)
    single = forward(x, 0.4)
    expected = math.sqrt(((mean - single) ** 2).mean() / (single**2).mean())

    found = dropout_scaling(model, x, FEW)
    (output,) = found.outputs
    assert output.method == "all 128 masks"
    assert output.noise == 0
    assert output.gap == pytest.approx(expected, rel=1e-4)
    assert [(entry.ratio, entry.error, entry.method) for entry in found.layers] == [
        (pytest.approx(1, abs=1e-6), 0, "all 8 masks"),
        (pytest.approx(1, abs=1e-6), 0, "all 16 masks"),
    ]
    assert found.layers[1].training_gain == pytest.approx(0.4, rel=1e-6)


@pytest.mark.backend
def test_for_a_linear_network_mean_and_single_pass_are_one():
    parts = (layers.Dropout(0.5), layers.Dense(3), ClassicDropout(0.2), layers.Dense(1))
    found = dropout_scaling(model_of(*parts, shape=(4,)), rows(4), FEW)
    assert found.outputs[0].gap < 1e-5
    wide = model_of(layers.Dropout(0.5), layers.Dense(3), shape=(40,))
    (output,) = dropout_scaling(wide, rows(40)).outputs
    assert output.method == "64 draws"
    assert 0.5 * output.noise < output.gap < 2 * output.noise


@pytest.mark.backend
def test_healthy_layers_of_every_kind_are_healthy():
    keras.utils.set_random_seed(2)
    picture = model_of(
        layers.SpatialDropout2D(0.4),
        layers.Reshape((16, 12)),
        layers.SpatialDropout1D(0.2),
        layers.Dropout(0.5, noise_shape=(None, 1, None)),
        layers.Flatten(),
        layers.GaussianDropout(0.3),
        layers.AlphaDropout(0.2),
        layers.Dropout(0.05),
        ClassicDropout(0.8),
        WholeRows(),
        Scaled(name="own"),
        shape=(4, 4, 12),
    )
    found = dropout_scaling(picture, rows(4, 4, 12), 32)
    assert found.ok, str(found)
    assert verdicts(found) == ["healthy"] * 9
    alone = math.sqrt(0.8 / (1 + 0.2 * 1.7581**2))  # of one value in the mean; AlphaDropout keeps the whole
    assert found.layers[4].ratio == pytest.approx(alone, abs=0.02)


@pytest.mark.backend
def test_planted_defects_are_named():
    for layer, verdict in sick_layers():
        found = dropout_scaling(model_of(layer), rows(12), FEW)
        assert verdicts(found) == [verdict], str(found)
        assert not found.ok


@pytest.mark.backend
@pytest.mark.parametrize(
    "treatment, verdict",
    [("passes on", "healthy"), ("always", "active_at_inference"), ("never", "never_active"), ("only in training", "healthy")],
)
def test_how_a_model_of_ones_own_calls_its_dropout(treatment, verdict):
    model = OwnModel(treatment)
    model(rows(12))
    found = dropout_scaling(model, rows(12), FEW)
    assert verdicts(found) == [verdict]
    assert found.layers[0].place == "drop"
    assert bool(found.outputs) == (treatment == "passes on")


@pytest.mark.backend
def test_a_model_without_training_in_its_call_trains_without_dropout():
    model = NoFlagModel("none")
    model(rows(12))
    (entry,) = dropout_scaling(model, rows(12), FEW).layers
    assert entry.verdict == "never_active"
    assert "training=False" in entry.message


def test_a_shared_layer_has_an_entry_per_call():
    model = OwnModel("twice", rate=0.2)
    model(rows(12))
    found = dropout_scaling(model, rows(12), FEW)
    assert [(entry.place, entry.verdict) for entry in found.layers] == [("drop", "healthy"), ("drop:2", "healthy")]


def test_places_in_nested_models():
    inner = keras.Sequential([keras.Input((12,)), layers.Dense(6), layers.Dropout(0.5, name="drop")], name="inner")
    found = dropout_scaling(model_of(layers.Dropout(0.5, name="drop"), inner), rows(12), FEW)
    assert [entry.place for entry in found.layers] == ["drop", "inner/drop"]


def test_a_frozen_part_and_a_rate_of_zero_are_no_ailments():
    inner = keras.Sequential([keras.Input((12,)), layers.Dense(6), layers.Dropout(0.5)])
    inner.trainable = False
    model = OwnModel("passes on", rate=0.0)
    model(rows(12))
    assert verdicts(dropout_scaling(model, rows(12), FEW)) == ["switched_off"]

    class Frozen(keras.Model):
        def __init__(self):
            super().__init__()
            self.base = inner

        def call(self, inputs, training=False):
            return self.base(inputs, training=False)

    frozen = Frozen()
    frozen(rows(12))
    found = dropout_scaling(frozen, rows(12), FEW)
    assert verdicts(found) == ["frozen"]
    assert found.ok


@pytest.mark.backend
def test_variance_shift_is_the_ratio_of_variances():
    rate, x = 0.5, rows(6) + 1
    found = dropout_scaling(model_of(layers.Dropout(rate), layers.BatchNormalization(name="norm"), shape=(6,)), x, 64)
    (shift,) = found.normalizations
    variance, square = x.var(axis=0), (x**2).mean(axis=0)
    expected = ((variance + rate / (1 - rate) * square) / variance).mean()
    assert shift.ratio == pytest.approx(expected, abs=4 * shift.error)
    assert shift.error < 0.1 * expected
    assert (shift.verdict, shift.place, shift.behind) == ("variance_shift", "norm", found.layers[0].place)
    assert not found.ok


def test_variance_is_taken_about_the_mean_under_dropout():
    x = rows(6) + 4
    found = dropout_scaling(model_of(Scaled(factor=1.0), layers.BatchNormalization(), shape=(6,)), x, 64)
    keeps, mean = 1 - found.layers[0].rate, x.mean(axis=0)
    expected = ((keeps * (x**2).mean(axis=0) - (keeps * mean) ** 2) / x.var(axis=0)).mean()
    assert found.normalizations[0].ratio == pytest.approx(expected, rel=0.1)


def test_batch_normalization_before_dropout_does_not_shift():
    parts = (layers.Dense(8), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5), layers.Dense(2))
    found = dropout_scaling(model_of(*parts), rows(12), FEW)
    assert found.normalizations == ()
    assert found.ok


def test_what_cannot_be_judged_is_said():
    model = model_of(layers.Reshape((4, 3)), layers.LSTM(5, dropout=0.2, name="lstm"), Swaying(name="swaying"))
    found = dropout_scaling(model, rows(12), FEW)
    assert {place for place, _ in found.not_measured} == {"lstm", "swaying"}
    assert found.ok
    dead = model_of(layers.ReLU(), layers.Dropout(0.5, name="drop"))
    found = dropout_scaling(dead, -np.abs(rows(12)), FEW)
    assert found.not_measured == (("drop", "all that goes in is 0"),)


def test_dropout_within_attention_is_looked_at():
    inputs = keras.Input((5, 8))
    model = keras.Model(inputs, layers.MultiHeadAttention(2, 4, dropout=0.4, name="attention")(inputs, inputs))
    (entry,) = dropout_scaling(model, rows(5, 8), FEW).layers
    assert entry.place.startswith("attention/")
    assert entry.verdict == "healthy"


def test_too_few_values_are_left_unclear():
    (entry,) = dropout_scaling(model_of(layers.Dropout(0.01), shape=(11,)), rows(11)[:1], FEW).layers
    assert entry.verdict == "unclear"


@pytest.mark.backend
def test_half_precision_is_not_taken_for_a_defect():
    for dtype in ("float16", "bfloat16"):
        for width in (8, 64):  # with and without all masks
            parts = (layers.Dropout(0.4, dtype=dtype), ClassicDropout(0.4, dtype=dtype))
            found = dropout_scaling(model_of(*parts, shape=(width,)), rows(width), FEW)
            assert found.ok, str(found)
            assert found.layers[0].method == ("all 256 masks" if width == 8 else "16 draws")


def test_several_inputs_and_outputs():
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    hidden = layers.Dropout(0.5)(layers.Concatenate()([left, right]))
    outputs = {"one": layers.Dense(1, name="one")(hidden), "two": layers.Dense(2, name="two")(hidden)}
    model = keras.Model({"left": left, "right": right}, outputs)
    found = dropout_scaling(model, {"left": rows(4), "right": rows(4, seed=1)}, FEW)
    assert [(entry.name, entry.method) for entry in found.outputs] == [("one", "all 256 masks"), ("two", "all 256 masks")]
    assert max(entry.gap for entry in found.outputs) < 1e-5


@pytest.mark.parametrize(
    "arguments, text",
    [
        (("model", rows(12)), "Invalid `model`"),
        ((None, [[1.0]]), "Invalid `x`"),
        ((None, rows(12)[:0]), "Invalid `x`"),
        ((None, rows(12), 4), "Invalid `draws`.*at least 16.*draws=4"),
    ],
)
def test_bad_arguments(arguments, text):
    model = model_of(layers.Dropout(0.5)) if arguments[0] is None else arguments[0]
    with pytest.raises(ValueError, match=text):
        dropout_scaling(model, *arguments[1:])
    with pytest.raises(ValueError, match="a built model"):
        dropout_scaling(keras.Sequential([layers.Dropout(0.5)]), rows(12))
