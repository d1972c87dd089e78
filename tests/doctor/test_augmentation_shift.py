import pytest
from doctor_runs import INF, NAN, contract, fact, found, layer, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.augmentation_shift import augmentation_shift as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


def net(shift, gain=1.0, training=0.2, inference=1.5, kind="RandomInvert", parameters=0):
    layers = [
        layer("aug", kind, None, parameters, inbound=["in"]),
        layer("h", inbound=["aug"], variables=["h/kernel"]),
        layer("last", activation="softmax", output=True, inbound=["h"], variables=["last/kernel"]),
    ]
    means = [series("mode_shift", f"model/{name}", [value]) for name, value in (("aug", shift), ("h", 2.0), ("last", 2.0))]
    sizes = [series("mode_gain", f"model/{name}", [value]) for name, value in (("aug", gain), ("h", 1.0), ("last", 1.0))]
    both = [series("training_mode_loss", "train", [training]), series("inference_loss", "train", [2.3, inference])]
    return run(fact("layers", layers), CLASSES, losses([2.3, training]), means, sizes, both)


def test_sick():
    (finding,) = rule.examine(net(1.1, 1.6))
    assert (finding.severity, finding.stage, finding.layers) == ("warning", "generalization", ("aug",))
    assert finding.tips[0] == "weaker_augmentation"


def test_noise_that_drowns_what_is_known():
    assert found(rule, net(0.1, 8.0, training=2.0, inference=1.5, kind="GaussianNoise")) == [("warning", ("aug",))]


@pytest.mark.parametrize("shift, gain", [(50.0, 53.0), (0.2, 8.0), (2.0, 1.0), (0.2, 0.1)])
def test_noise_in_which_nothing_is_learned(shift, gain):
    (finding,) = rule.examine(net(shift, gain, training=2.25, inference=2.3))
    assert (finding.severity, finding.stage, finding.layers) == ("warning", "training", ("aug",))


@pytest.mark.parametrize("score, linear, sick", [(0.4, 0.8, True), (0.75, 0.8, False), (0.4, 0.1, False)])
def test_flips_that_change_the_class_are_suspected(score, linear, sick):
    """They move neither mean nor size; a linear readout sees the rows as they are."""
    known = reference(constant=0.1, deviation=0.01, linear_held_out=linear, neighbours_held_out=0.1)
    flipped = net(0.0, training=1.4, inference=1.4, kind="RandomFlip")
    looks = [fact("references", [known]), series("training_score", "out", [0.1, score])]
    assert found(rule, run(list(flipped.records), looks)) == ([("info", ("aug",))] if sick else [])


@pytest.mark.parametrize(
    "a_run",
    [
        net(0.5, 1.5, training=2.25, inference=2.3),  # nothing was learned, and not by such a little
        net(50.0, 53.0, training=0.2, inference=0.3),  # much, and the network bears it
        net(0.2, 1.1, inference=0.15),  # augmented rows are harder than clean ones
        net(1.1, 1.6, inference=0.3),  # shifted without harm
        net(0.02, 1.01),  # something else differs
        net(1.1, 1.6, kind="Rescaling"),
        net(1.1, 1.6, kind="RandomDense", parameters=10),
        net(0.1, 8.0, training=1.7, inference=1.5, kind="GaussianNoise"),  # bad, and hardly by noise
        net(0.1, 8.0, training=1.7, inference=0.9, kind="GaussianNoise"),  # bad with noise only
    ],
)
def test_healthy(a_run):
    assert found(rule, a_run) == []


@pytest.mark.parametrize("shift, sick", [(0.07, False), (0.14, True)])
def test_a_tenth_of_a_deviation(shift, sick):
    assert bool(found(rule, net(shift))) is sick


@pytest.mark.parametrize("inference, sick", [(0.40, False), (0.46, True)])
def test_begins_at_a_tenth_of_what_there_is_to_learn(inference, sick):
    assert bool(found(rule, net(1.1, inference=inference))) is sick


def test_what_hands_on_is_not_to_blame():
    records = net(1.1, 1.6)
    after = layer("flip", "RandomFlip", None, 0, inbound=["aug"])
    layers = records.fact("layers")
    more = [series("mode_shift", "model/flip", [1.1]), series("mode_gain", "model/flip", [1.6])]
    a_run = run(list(records.records), fact("layers", [layers[0], after, *layers[1:]]), more)
    assert found(rule, a_run) == [("warning", ("aug",))]


@pytest.mark.parametrize("value", [NAN, INF, -1.0])
def test_says_what_is_missing_and_never_raises(value):
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", [layer("aug", "RandomFlip", parameters=0)]))), Missing)
    assert found(rule, run(fact("layers", [layer("h")]))) == []
    assert isinstance(rule.examine(net(value, value)), Missing)
