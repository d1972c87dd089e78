import pytest
from doctor_runs import NAN, contract, fact, found, layer, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.depth_degradation import depth_degradation as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
STUCK, LEARNS = [2.3, 2.2, 2.1], [2.3, 0.9, 0.2]


def net(scores, own=0.2, loss=STUCK, raw=0.9, constant=0.1):
    layers = [layer(f"h{number}", fan_in=8) for number in range(len(scores))]
    readouts = [series("linear_score", f"model/h{number}", [value]) for number, value in enumerate(scores)]
    references = fact(
        "references", [reference(constant=constant, deviation=0.02, linear_held_out=raw, neighbours_held_out=raw)]
    )
    end = layer("last", activation="softmax", output=True, fan_in=8)
    own_score = series("training_score", "out", [own])
    return run(fact("layers", [*layers, end]), CLASSES, references, losses(loss), own_score, readouts)


def test_sick():
    (finding,) = rule.examine(net([0.9, 0.9, 0.9, 0.8, 0.4, 0.2]))
    assert (finding.severity, finding.layers[0], finding.tips[0]) == ("warning", "h4", "residual")
    assert "scores 0.90" in finding.message


@pytest.mark.parametrize(
    "a_run",
    [
        net([0.9] * 6),  # everything is there at the end: the last layer has not learned to read it yet
        net([0.9, 0.9, 0.9, 0.8, 0.4, 0.2], own=0.95, loss=LEARNS),
        net([0.9, 0.9, 0.9, 0.8, 0.4, 0.2], own=0.85),  # the network itself can do it
        net([0.4, 0.4, 0.4, 0.3, 0.3, 0.2], raw=0.3),  # there was not much to lose
        net([0.9, 0.8, 0.6, 0.4, 0.2]),  # five layers are no depth
    ],
)
def test_healthy(a_run):
    assert found(rule, a_run) == []


@pytest.mark.parametrize("last, sick", [(0.75, False), (0.68, True)])
def test_a_fifth_has_to_be_lost(last, sick):
    assert bool(found(rule, net([0.9] * 5 + [last]))) is sick


def test_more_of_it_is_surer():
    (low,), (high,) = (rule.examine(net([0.9] * 5 + [last])) for last in (0.6, 0.2))
    assert low.confidence < high.confidence


def test_says_what_is_missing_and_never_raises():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", [layer("h0")]), CLASSES, losses(STUCK))), Missing)
    assert found(rule, net([0.9] * 3 + [NAN, NAN, 0.2], own=NAN)) == []
    assert found(rule, net([0.9] * 5 + [0.2], constant=1.0)) == []


@pytest.mark.parametrize("units, sick", [(2, False), (8, True)])
def test_what_is_lost_in_one_narrow_layer_is_capacity(units, sick):
    a_run = net([0.9] * 4 + [0.2, 0.2])
    layers = a_run.fact("layers")
    chain = [{**each, "inbound": [layers[number - 1]["name"]] if number else ["in"]} for number, each in enumerate(layers)]
    chain[4]["units"] = units
    assert bool(found(rule, run(list(a_run.records), fact("layers", chain)))) is sick
