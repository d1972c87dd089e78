import pytest
from doctor_runs import INF, NAN, contract, fact, found, layer, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.dead_units import dead_units as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
STUCK, LEARNS = [2.31, 2.30, 2.30], [2.3, 0.9, 0.2]
REFERENCES = fact("references", [reference(constant=0.1, deviation=0.02)])


def net(*silent, loss=STUCK, variation=0.0, activation="relu"):
    """Hidden layers h0, h1, ... with (share of silent units at first, at last), and an output whose values vary so much."""
    layers = [layer(f"h{number}", activation=activation) for number in range(len(silent))]
    end = layer("last", activation="softmax", output=True)
    parts = [series("silent_units", f"model/h{number}", shares) for number, shares in enumerate(silent)]
    seen = [] if variation is None else [series("activation_variation", "model/last", [0.5, variation])]
    return run(fact("layers", [*layers, end]), CLASSES, REFERENCES, losses(loss), parts, seen)


def test_a_layer_that_is_dead_from_the_start_cannot_succeed():
    (finding,) = rule.examine(net((0.2, 0.3), (1.0, 1.0), (1.0, 1.0)))
    assert (finding.severity, finding.layers) == ("critical", ("h1", "h2"))
    assert "from the start" in finding.message
    assert finding.tips[0] == "he_initialization"


def test_what_died_in_training_is_told_apart():
    (finding,) = rule.examine(net((0.1, 1.0)))
    assert (finding.severity, finding.tips[0]) == ("critical", "lower_learning_rate")
    assert finding.confidence < rule.examine(net((1.0, 1.0)))[0].confidence


def test_worst_layer_first():
    assert found(rule, net((0.1, 0.6), (0.1, 0.9), variation=0.4)) == [("warning", ("h1", "h0"))]


@pytest.mark.parametrize(
    "silent, loss, severity",
    [
        ((0.1, 0.15), LEARNS, None),  # a wide layer with a few silent units
        ((0.1, 0.15), STUCK, None),  # stuck, but not by this
        ((0.5, 0.7), LEARNS, "info"),
        ((1.0, 1.0), LEARNS, "info"),  # a branch beside it lets everything pass
        ((1.0, 0.0), STUCK, None),  # awake again
    ],
)
def test_healthy(silent, loss, severity):
    assert found(rule, net(silent, loss=loss, variation=0.4)) == ([] if severity is None else [(severity, ("h0",))])


def test_where_no_unit_had_the_time_to_learn_it_is_only_told():
    steps = [
        series("weight_norm", "k", [1.0] * 9),
        series("gradient_norm", "k", [9.0] * 9),
        series("update_ratio", "k", [1e-4] * 9),
    ]
    sick = net((0.6, 0.6), variation=0.4)
    assert found(rule, sick) == [("warning", ("h0",))]
    assert found(rule, run(list(sick.records), steps)) == [("info", ("h0",))]
    assert found(rule, run(list(net((1.0, 1.0)).records), steps)) == [("critical", ("h0",))]


@pytest.mark.parametrize("share, sick", [(0.45, False), (0.55, True)])
def test_begins_at_half_of_a_layer(share, sick):
    assert bool(found(rule, net((0.1, share), variation=0.4))) is sick


def test_a_dead_layer_beside_another_path_is_critical_for_nobody():
    assert found(rule, net((1.0, 1.0), variation=0.4)) == [("warning", ("h0",))]


@pytest.mark.parametrize("variation, severity", [(1e-8, "critical"), (1e-5, "warning")])
def test_outputs_that_vary_in_their_last_digits_are_constant(variation, severity):
    assert found(rule, net((1.0, 1.0), variation=variation)) == [(severity, ("h0",))]


def test_nothing_learned_stands_in_for_outputs_that_were_not_seen():
    assert found(rule, net((1.0, 1.0), variation=None)) == [("critical", ("h0",))]


def test_before_the_first_step():
    parts = [series("silent_units", "model/h0", [1.0]), series("activation_variation", "model/last", [0.0])]
    layers = fact("layers", [layer("h0"), layer("last", activation="softmax", output=True)])
    assert found(rule, run(layers, parts)) == [("critical", ("h0",))]
    assert found(rule, run(layers, series("silent_units", "model/h0", [0.7]))) == [("info", ("h0",))]


def test_rows_as_they_are_tell_little_of_units_that_see_augmented_ones():
    augmented = [layer("turned", "RandomRotation", None, 0), layer("h0"), layer("last", activation="softmax", output=True)]
    assert found(rule, run(list(net((0.1, 0.6), variation=0.4).records), fact("layers", augmented))) == []
    assert found(rule, run(list(net((0.1, 1.0)).records), fact("layers", augmented))) == [("critical", ("h0",))]


@pytest.mark.parametrize("variation, sick", [(0.0, False), (0.1, True)])
def test_a_layer_that_is_given_the_same_for_all_rows_is_not_to_blame(variation, sick):
    table = layer("table", "Embedding", None, inbound=["words"])
    layers = [layer("words", "InputLayer", None, 0), table, layer("h0", inbound=["table"])]
    layers += [layer("last", activation="softmax", output=True, inbound=["h0"])]
    seen = series("activation_variation", "model/table", [variation])
    assert bool(found(rule, run(list(net((1.0, 1.0)).records), fact("layers", layers), seen))) is sick


@pytest.mark.parametrize("depth, gain, sick", [(20, 1.0, False), (5, 1.0, True), (20, 0.5, True)])
def test_where_the_signal_fades_in_too_many_layers_depth_is_to_blame(depth, gain, sick):
    drawn = {"fan_in": 100, "kernel_deviation": gain / 10, "fresh": True}
    layers = [layer("in", "InputLayer", None, 0)]
    for number in range(depth):
        layers.append(layer(f"h{number}", inbound=[layers[-1]["name"]], **drawn))
    layers.append(layer("last", activation="softmax", output=True, inbound=[layers[-1]["name"]], **drawn))
    dead = series("silent_units", f"model/h{depth - 1}", [0.3, 1.0])
    assert bool(found(rule, run(fact("layers", layers), CLASSES, REFERENCES, losses(STUCK), dead))) is sick


def test_other_activations_are_not_dead_at_zero():
    assert found(rule, net((1.0, 1.0), activation="softmax")) == []
    assert found(rule, net((1.0, 1.0), activation=None)) == []


@pytest.mark.parametrize("more", [0.6, 0.8, 1.0])
def test_more_of_it_is_surer(more):
    (low,), (high,) = (rule.examine(net((0.1, share), variation=0.4)) for share in (0.5, more))
    assert low.confidence < high.confidence


@pytest.mark.parametrize("value", [NAN, INF])
def test_says_what_is_missing_and_never_raises(value):
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", [layer("h0")]))), Missing)
    assert found(rule, net((0.1, value), loss=[value])) == []


def test_a_layer_too_narrow_for_the_classes_is_capacity_that_is_missing():
    def of_width(units):
        layers = [layer("h0", units=units, fan_in=8, inbound=["in"]), layer("last", output=True, inbound=["h0"], fan_in=8)]
        return run(list(net((1.0, 1.0)).records), fact("layers", layers), series("linear_score", "model/h0", [0.1]))

    assert [found(rule, of_width(units))[0][0] for units in (1, 4, 5)] == ["info", "info", "critical"]
