import pytest
from doctor_runs import NAN, contract, fact, found, inputs, layer, losses, one_hot_target, run, series
from outcomes import GOOD

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.inputs_not_scaled import inputs_not_scaled as rule

DENSE = [layer("in", "InputLayer", None, 0), layer("first"), layer("last", activation="softmax")]
PIXELS = inputs([80.0] * 4, [90.0] * 4, 0, 255)
Z_SCORED = inputs([0.0] * 5, [1.0] * 5, -7, 9)
SMALL_PIXELS = inputs([0.001] * 4, [0.001] * 4, 0, 0.004)
MIXED = inputs([0.0, 0.0, 0.0, 5.0], [0.01, 0.02, 0.02, 5.0], -3, 20)


def data(fact_of_inputs, layers=DENSE, *more):
    return run(fact("layers", layers), fact("inputs", [fact_of_inputs]), *more)


@pytest.mark.parametrize("sick, word", [(PIXELS, "large"), (SMALL_PIXELS, "small"), (MIXED, "different scale")])
def test_sick(sick, word):
    (finding,) = rule.examine(data(sick))
    assert (finding.severity, finding.layers, finding.tips) == ("warning", ("first",), ("scale_inputs",))
    assert word in finding.message


HEALTHY = {
    "z-scored": Z_SCORED,
    "zero to one": inputs([0.3] * 4, [0.35] * 4, 0, 1),
    "minus one to one": inputs([0.0] * 4, [0.6] * 4, -1, 1),
    "units of metres": inputs([3.0, -5.0], [6.0, 4.0], -14, 12),
    "one-hot, one column very rare": inputs([0.5, 0.49999, 1e-5], [0.5, 0.5, 0.00316], 0, 1),
    "z-scored with a rare one-hot column": inputs([0.0, 0.0, 1e-5], [1.0, 1.0, 0.0031622], -4, 4),
    "sparse word weights": inputs([0.0005, 0.00001, 0.0004], [0.015, 0.002, 0.013], 0, 0.9),
    "a constant column": inputs([0.0, 0.0, 20.0], [1.0, 1.0, 0.0], -3, 20),
    "tokens": inputs([5000.0], [2000.0], 0, 9999, embedded=True),
    "all zero": inputs([0.0], [0.0], 0, 0),
    "features whose variance falls off": inputs([0.0] * 5, [9.0, 3.0, 1.0, 0.1, 0.001], -30, 30),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, data(HEALTHY[name])) == []


@pytest.mark.parametrize("size, sick", [(25.0, False), (35.0, True)])
def test_large_begins_at_a_root_mean_square_of_thirty(size, sick):
    assert bool(found(rule, data(inputs([0.0] * 3, [size] * 3, -100, 100)))) is sick


@pytest.mark.parametrize("peak, sick", [(0.012, False), (0.008, True)])
def test_small_begins_at_a_hundredth(peak, sick):
    assert bool(found(rule, data(inputs([0.0] * 3, [peak / 2] * 3, -peak, peak)))) is sick


@pytest.mark.parametrize("ratio, sick", [(80.0, False), (125.0, True)])
def test_one_feature_dominates_from_a_hundredfold(ratio, sick):
    assert bool(found(rule, data(inputs([0.0] * 3, [0.1, 0.1, 0.1 * ratio], -40, 40)))) is sick


def behind(kind="Rescaling", before=PIXELS, mean=0.3, deviation=0.35, parameters=0, more=(), outcome=()):
    """Inputs that go through a layer which is there to scale them, and what it gives."""
    layers = [layer("in", "InputLayer", None, 0), layer("scale", kind, None, parameters), *DENSE[1:]]
    given = [series("activation_mean", "model/scale", [mean]), series("activation_deviation", "model/scale", [deviation])]
    return run(fact("layers", layers), fact("inputs", [before, *more]), given, *outcome)


@pytest.mark.parametrize(
    "change, severity",
    [
        ({"mean": 80.0, "deviation": 90.0}, "warning"),  # not at all
        ({"kind": "Normalization", "parameters": 3, "mean": 80.0, "deviation": 90.0}, "warning"),
        ({"before": HEALTHY["zero to one"], "mean": 0.0012, "deviation": 0.0014}, "warning"),  # a second time
        ({"before": HEALTHY["zero to one"], "mean": -0.997, "deviation": 0.003}, "warning"),  # the same, to -1 and 1
        ({"before": HEALTHY["zero to one"], "mean": -0.9, "deviation": 0.1}, None),
        ({"mean": 80.0, "deviation": 90.0, "outcome": [GOOD]}, "info"),
        ({}, None),
        ({"kind": "Discretization", "mean": 80.0, "deviation": 90.0}, None),
        ({"mean": 20.0, "deviation": 20.0}, None),
        ({"before": HEALTHY["sparse word weights"], "mean": 0.0005, "deviation": 0.01}, None),
        ({"mean": 80.0, "deviation": 90.0, "more": [PIXELS]}, None),  # of several nobody knows which goes through it
        ({"mean": 0.0, "deviation": 0.0}, None),
        ({"mean": NAN, "deviation": 1.0}, None),
    ],
)
def test_what_a_scaling_layer_gives_is_judged_as_inputs_are(change, severity):
    assert found(rule, behind(**change)) == ([] if severity is None else [(severity, ("scale",))])


@pytest.mark.parametrize("kind", ["Normalization", "Rescaling", "BatchNormalization", "Lambda", "TrueDivide", "MinMaxScaling"])
def test_what_scales_the_inputs_first_makes_them_healthy(kind):
    assert found(rule, data(PIXELS, [layer("scaling", kind, None, 0), *DENSE])) == []


@pytest.mark.parametrize("kind", ["Flatten", "Dropout", "MaxPooling2D", "RandomFlip"])
def test_what_keeps_the_scale_does_not(kind):
    assert found(rule, data(PIXELS, [layer("before", kind, None, 0), *DENSE])) == [("warning", ("first",))]


@pytest.mark.parametrize("activation, severity", [("linear", "info"), ("relu", "info"), ("tanh", "warning")])
def test_normalization_behind_the_first_weights_cancels_a_size(activation, severity):
    layers = [layer("first", activation=activation), layer("norm", "BatchNormalization", None), layer("last")]
    assert found(rule, data(PIXELS, layers)) == [(severity, ("first",))]
    assert found(rule, data(inputs([0.0] * 4, [1e4] * 4, -3e4, 3e4), layers)) == [(severity, ("first",))]


def test_a_second_layer_before_the_normalization_does_not_see_to_the_inputs():
    layers = [layer("first"), layer("second"), layer("norm", "BatchNormalization", None), layer("last")]
    assert found(rule, data(PIXELS, layers)) == [("warning", ("first",))]


@pytest.mark.parametrize("place", [0, 1])
def test_an_epsilon_hides_inputs_that_are_too_small(place):
    layers = [layer("first", activation="linear"), layer("last")]
    layers.insert(place, layer("norm", "BatchNormalization", None))
    assert found(rule, data(SMALL_PIXELS, layers)) == [("warning", (layers[0]["name"],))]


def test_normalization_behind_the_first_weights_does_not_cancel_a_mixture():
    layers = [layer("first", activation="linear"), layer("norm", "BatchNormalization", None), layer("last")]
    assert found(rule, data(MIXED, layers)) == [("warning", ("first",))]


@pytest.mark.parametrize("last_loss, severity", [(2.0, "warning"), (0.1, "info"), (NAN, "warning")])
def test_a_run_that_learned_well_is_only_told(last_loss, severity):
    goal = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)
    assert found(rule, data(PIXELS, DENSE, goal, losses([2.3, last_loss]))) == [(severity, ("first",))]


def test_numbers_beside_embedded_tokens_are_looked_at():
    layers = [layer("tokens", "Embedding", None), *DENSE]
    both = run(fact("layers", layers), fact("inputs", [HEALTHY["tokens"], {**PIXELS, "name": "pixels"}]))
    assert found(rule, both) == [("warning", ("first",))]


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the layers and the training inputs")
