import pytest
from doctor_runs import INF, NAN, contract, fact, found, inputs, layer, losses, one_hot_target, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.dropout_scaling_mismatch import dropout_scaling_mismatch as rule


def net(rate, gain, shift=0.05, before=1.0, kind="MyDropout", rows=512, **more):
    """A dense layer of 64 units, whose outputs have the gain `before`, and dropout behind it."""
    drop = layer("drop", kind, None, 0, rate=rate, **{"units": 64, "inbound": ["h"], **more})
    layers = [layer("h", inbound=["in"]), drop, layer("last", output=True, inbound=["drop"])]
    sizes = [series("mode_gain", "model/h", [before]), series("mode_gain", "model/drop", [gain * before])]
    means = [series("mode_shift", "model/h", [0.0]), series("mode_shift", "model/drop", [shift])]
    return run(fact("layers", layers), fact("inputs", [{**inputs([0.0], [1.0], -3, 3), "rows": rows}]), sizes, means)


def gain_of(rate, scale):
    return scale * (1 - rate) ** 0.5


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("power, words", [(0, "does not scale"), (-2, "twice")])
def test_missing_and_double_scaling(rate, power, words):
    (finding,) = rule.examine(net(rate, gain_of(rate, (1 - rate) ** power)))
    assert (finding.severity, finding.layers, finding.tips) == ("warning", ("drop",), ("repair_dropout",))
    assert words in finding.message


@pytest.mark.parametrize("before", [0.7, 1.0, 1.6])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_right_scaling_is_healthy_whatever_comes_in(rate, before):
    assert found(rule, net(rate, 1.03 * gain_of(rate, 1 / (1 - rate)), before=before)) == []


def test_dropping_at_inference_too():
    (finding,) = rule.examine(net(0.5, 0.99))
    assert "at inference too" in finding.message


def test_never_dropping():
    (finding,) = rule.examine(net(0.5, 1.0, shift=0.0, kind="Dropout"))
    assert "drops nothing" in finding.message
    assert finding.severity == "warning"


@pytest.mark.parametrize("deviation, sick", [(0.0, False), (0.4, True)])
def test_of_zeros_nobody_sees_which_were_dropped(deviation, sick):
    seen = [series("activation_mean", "model/drop", [0.3, 0.0]), series("activation_deviation", "model/drop", [0.5, deviation])]
    assert bool(found(rule, run(list(net(0.5, 1.0, shift=0.0).records), seen))) is sick


@pytest.mark.parametrize(
    "a_run",
    [
        net(0.0, 1.0, shift=0.0),
        net(0.05, gain_of(0.05, 1.0)),  # too little to tell
        net(0.5, 1.0, shift=0.0, kind="Dropout", trainable=False),  # in a frozen model
        net(0.3, 1.0, kind="AlphaDropout"),
        net(0.5, 0.6, kind="GaussianNoise"),
        net(0.5, gain_of(0.5, 1.0), rows=4),  # too few numbers to tell
        net(0.5, 0.99, inbound=["h", "elsewhere"]),  # called several times
        net(0.5, 0.0),
    ],
)
def test_healthy(a_run):
    assert found(rule, a_run) == []


def of_no_known_rate(shift=0.4, before=0.0, training=0.2, inference=1.5, kind="MyDropout", rate=None):
    """Dropout of somebody's own, in a network whose training rows cost so much in both modes; a constant costs 2.3."""
    moved = [series("mode_shift", "model/h", [before]), series("mode_shift", "model/drop", [shift])]
    both = [series("training_mode_loss", "train", [training]), series("inference_loss", "train", [2.3, inference])]
    known = [*contract("softmax", "categorical_crossentropy", one_hot_target()).records]
    return run(known, list(net(rate, 0.7, kind=kind).records), moved, both, losses([2.3, training]))


@pytest.mark.parametrize(
    "change, sick",
    [
        ({}, True),
        ({"shift": 0.2}, False),
        ({"before": 0.3}, False),  # it was so before
        ({"kind": "MyNoise"}, False),
        ({"rate": 0.0}, False),
        ({"training": 1.5}, False),  # bad in both modes
        ({"inference": 0.3}, False),  # without harm
    ],
)
def test_dropout_of_which_nobody_knows_the_rate_has_to_leave_means(change, sick):
    assert found(rule, of_no_known_rate(**change)) == ([("warning", ("drop",))] if sick else [])


def test_a_look_has_only_so_many_rows_however_many_there_are():
    assert found(rule, net(0.5, 0.99, rows=512, units=64)) != []
    assert found(rule, net(0.5, 0.99, rows=1_000_000, units=1)) == []


def test_one_of_two_that_never_drops_is_only_told():
    other = layer("other", "Dropout", None, 0, rate=0.5, units=64, inbound=["drop"])
    idle = net(0.5, 1.0, shift=0.0)
    more = [series("mode_gain", "model/other", [2**0.5]), series("mode_shift", "model/other", [0.05])]
    layers = fact("layers", [*idle.fact("layers"), other])
    assert found(rule, run(list(idle.records), layers, more)) == [("info", ("drop",))]


@pytest.mark.parametrize("power, sick", [(-0.5, False), (-0.3, False), (-0.2, True), (0.0, True), (0.5, True)])
def test_turns_half_way_to_the_next_power(power, sick):
    assert bool(found(rule, net(0.5, 0.5**power))) is sick


def test_where_nobody_knows_what_reads_what_only_outputs_that_shrink_count():
    def subclassed(gain):
        records = net(0.5, gain)
        loose = [{**each, "inbound": []} for each in records.fact("layers")]
        return run(list(records.records), fact("layers", loose))

    assert [bool(found(rule, subclassed(gain))) for gain in (0.7, 1.0, 1.4, 2.8)] == [True, False, False, False]


def checked(verdict):
    entry = {"place": "encoder/drop:2", "kind": "Dropout", "rate": 0.5, "ratio": 0.5, "expected": 1.0, "dropped": NAN}
    return run(fact("dropout", {"layers": [{**entry, "verdict": verdict, "message": "it drops, and does not scale"}]}))


def test_what_the_check_found_counts():
    (finding,) = rule.examine(checked("missing_scaling"))
    assert (finding.severity, finding.layers) == ("warning", ("drop",))
    assert finding.evidence["ratio"] == 0.5
    assert found(rule, checked("healthy")) == []


@pytest.mark.parametrize("value", [NAN, INF, -1.0, 0.0])
def test_says_what_is_missing_and_never_raises(value):
    assert isinstance(rule.examine(run()), Missing)
    assert found(rule, net(0.5, value, before=value)) == []
    assert isinstance(rule.examine(run(fact("dropout", {"layers": "many"}))), Missing)
