import pytest
from doctor_runs import INF, NAN, contract, fact, found, layer, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.dropout_too_high import dropout_too_high as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
REFERENCES = fact("references", [reference(constant=0.1, deviation=0.02)])


def stack(*rates, kind="Dropout"):
    """A chain of dense layers with dropout behind each."""
    layers = []
    for number, rate in enumerate(rates):
        layers.append(layer(f"h{number}", inbound=[f"d{number - 1}"] if number else ["in"]))
        layers.append(layer(f"d{number}", kind, None, 0, rate=rate, inbound=[f"h{number}"]))
    return [*layers, layer("last", activation="softmax", output=True, inbound=[f"d{len(rates) - 1}"])]


def net(layers, with_dropout, without, score=0.3):
    logged = losses([2.3, with_dropout])
    seen = [series("training_mode_loss", "train", [with_dropout]), series("inference_loss", "train", [2.3, without])]
    return run(fact("layers", layers), CLASSES, REFERENCES, logged, seen, series("training_score", "out", [score]))


def test_what_the_network_knows_is_lost_in_training_mode():
    (finding,) = rule.examine(net(stack(0.5, 0.8), 2.1, 1.6))
    assert (finding.severity, finding.layers, finding.tips[0]) == ("warning", ("d1", "d0"), "lower_dropout")
    assert "rates of 0.8, 0.5" in finding.message


def test_nothing_arrives():
    assert found(rule, net(stack(0.8, 0.8, 0.8), 2.31, 2.30)) == [("warning", ("d0", "d1", "d2"))]


@pytest.mark.parametrize(
    "a_run",
    [
        net(stack(0.5), 2.1, 1.6),  # whatever is wrong, a usual rate is not to blame
        net(stack(0.1, 0.1, 0.1), 2.1, 1.6),
        net(stack(0.5, 0.5), 0.6, 0.2, score=0.97),
        net(stack(0.5, 0.5), 1.75, 1.7),  # bad, and hardly by dropout
        net(stack(0.5, 0.5), 2.31, 2.30),  # nothing was learned, for another reason
        net(stack(0.9, kind="GaussianNoise"), 2.1, 1.6),
        net([{**each, "inbound": ["in"]} for each in stack(0.8)], 2.1, 1.6),  # in branches, which are passed by
        net([layer("h"), layer("last", output=True)], 2.1, 1.6),
    ],
)
def test_healthy(a_run):
    assert found(rule, a_run) == []


def behind_the_last(*more, score=0.3, rate=0.2, kind="Dropout"):
    """A dropout layer behind the output, and what follows it."""
    end = [layer("h0", inbound=["in"]), layer("last", output=True, inbound=["h0"])]
    end.append(layer("drop", kind, None, 0, rate=rate, inbound=["last"]))
    return net([*end, *more], 2.1, 1.6, score=score)


@pytest.mark.parametrize(
    "a_run, severity",
    [
        (behind_the_last(), "warning"),
        (behind_the_last(layer("act", "Activation", "softmax", 0, inbound=["drop"])), "warning"),
        (behind_the_last(score=0.95), "info"),
        (behind_the_last(layer("dot", "Dot", None, 0, inbound=["drop", "h0"])), None),  # of features, not of answers
        (behind_the_last(layer("next", inbound=["drop"])), None),
        (behind_the_last(rate=0.0), None),
        (behind_the_last(kind="GaussianNoise"), None),
    ],
)
def test_dropout_of_the_predictions(a_run, severity):
    assert found(rule, a_run) == ([] if severity is None else [(severity, ("drop",))])


def test_a_logged_loss_that_only_looks_bad_is_told():
    assert found(rule, net(stack(0.7, 0.7), 1.6, 0.9, score=0.9)) == [("info", ("d0", "d1"))]


@pytest.mark.parametrize("rate, sick", [(0.55, False), (0.65, True)])
def test_a_single_rate_counts_from_six_tenths(rate, sick):
    assert bool(found(rule, net(stack(rate), 2.1, 1.6))) is sick


@pytest.mark.parametrize("lost, sick", [(0.2, False), (0.3, True)])
def test_a_quarter_has_to_be_lost(lost, sick):
    assert bool(found(rule, net(stack(0.8), 1.6 + 0.7 * lost, 1.6))) is sick


def test_more_noise_is_surer():
    (low,), (high,) = (rule.examine(net(stack(*rates), 2.31, 2.30)) for rates in ((0.8, 0.8), (0.9, 0.9, 0.9)))
    assert low.confidence < high.confidence


@pytest.mark.parametrize("value", [NAN, INF])
def test_says_what_is_missing_and_never_raises(value):
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", stack(0.8)))), Missing)
    assert isinstance(rule.examine(net(stack(0.8), value, value)), Missing)
    assert found(rule, net(stack(1.0), 2.31, 2.30)) == [("warning", ("d0",))]
