import pytest
from doctor_runs import INF, NAN, contract, fact, fit, found, layer, losses, one_hot_target, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.stale_batch_statistics import stale_batch_statistics as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


def net(shift, gain=1.0, training=0.2, inference=1.5, before=0.0, kind="BatchNormalization", first="Dense", momentum=0.99):
    layers = [
        layer("h", first, parameters=0 if first != "Dense" else 10, inbound=["in"]),
        layer("norm", kind, None, momentum=momentum, inbound=["h"]),
        layer("last", activation="softmax", output=True, inbound=["norm"]),
    ]
    means = [
        series("mode_shift", f"model/{name}", [value]) for name, value in (("h", before), ("norm", shift), ("last", shift))
    ]
    sizes = [series("mode_gain", f"model/{name}", [value]) for name, value in (("h", 1.0), ("norm", gain), ("last", gain))]
    both = [series("training_mode_loss", "train", [training]), series("inference_loss", "train", [2.3, inference])]
    return run(fact("layers", layers), CLASSES, losses([2.3, training]), fit(steps=20), means, sizes, both)


def test_sick():
    (finding,) = rule.examine(net(1.2, 0.4))
    assert (finding.severity, finding.stage, finding.layers) == ("warning", "generalization", ("norm",))
    assert "40 steps are few for a momentum of 0.99" in finding.message
    assert finding.tips == ("faster_statistics", "more_epochs")


@pytest.mark.parametrize(
    "score, severity", [(0.97, "info"), (0.94, "info"), (0.92, "warning"), (0.3, "warning"), (NAN, "warning")]
)
def test_a_network_that_is_only_less_sure_is_told(score, severity):
    scores = [series("training_mode_score", "out", [0.98]), series("training_score", "out", [0.1, score])]
    assert found(rule, run(list(net(1.2, inference=0.6).records), scores)) == [(severity, ("norm",))]


@pytest.mark.parametrize("inference, severity", [(0.6, "info"), (0.75, "warning")])
def test_a_fifth_of_the_loss_is_more_than_less_sure(inference, severity):
    scores = [series("training_mode_score", "out", [0.98]), series("training_score", "out", [0.1, 0.96])]
    assert found(rule, run(list(net(1.2, inference=inference).records), scores)) == [(severity, ("norm",))]


def test_variance_alone():
    assert found(rule, net(0.01, 0.5)) == [("warning", ("norm",))]


@pytest.mark.parametrize(
    "a_run",
    [
        net(1.2, inference=0.21),  # stale without harm
        net(0.05, 1.05),  # inference suffers, for another reason
        net(1.2, training=2.2, inference=2.9),  # training is bad: it comes first
        net(1.2, before=1.0, first="RandomInvert"),  # the inputs differ already
        net(1.2, inference=0.1),  # dropout, augmentation
        net(1.2, kind="LayerNormalization"),
    ],
)
def test_healthy(a_run):
    assert found(rule, a_run) == []


@pytest.mark.parametrize("inference, sick", [(0.40, False), (0.46, True)])
def test_begins_at_a_tenth_of_what_there_is_to_learn(inference, sick):
    assert bool(found(rule, net(1.2, inference=inference))) is sick


@pytest.mark.parametrize("shift, sick", [(0.2, False), (0.3, True)])
def test_a_quarter_of_a_deviation(shift, sick):
    assert bool(found(rule, net(shift))) is sick


@pytest.mark.parametrize("momentum, tip", [(0.99, "more_epochs"), (0.9, "larger_batch")])
def test_few_steps_are_few_for_the_momentum(momentum, tip):
    assert rule.examine(net(1.2, momentum=momentum))[0].tips[1] == tip


def test_the_first_normalization_that_differs_comes_first():
    later = layer("norm2", "BatchNormalization", None, momentum=0.99, inbound=["norm"])
    records = net(0.8)
    layers = fact("layers", [*records.fact("layers"), later])
    more = [series("mode_shift", "model/norm2", [3.0]), series("mode_gain", "model/norm2", [1.0])]
    assert found(rule, run(list(records.records), layers, more)) == [("warning", ("norm", "norm2"))]


@pytest.mark.parametrize("value", [NAN, INF])
def test_says_what_is_missing_and_never_raises(value):
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", [layer("n", "BatchNormalization")]))), Missing)
    assert found(rule, run(fact("layers", [layer("h")]))) == []
    assert isinstance(rule.examine(net(value, value, inference=value)), Missing)
    assert found(rule, net(value, value)) == []
