import numpy as np
import pytest
from doctor_runs import NAN, contract, fit, found, losses, one_hot_target, optimizer, run, series
from small_training import trained
from stopped_runs import point

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.learning_rate_too_low import learning_rate_too_low as rule
from keras_tips.records.record import Record

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


@pytest.mark.parametrize("rate", [1e-3, 1e-4, 1e-5])
@pytest.mark.parametrize("seed", range(3))
def test_a_network_that_hardly_moves(rate, seed):
    (finding,) = rule.examine(trained(rate=rate, seed=seed))
    assert (finding.severity, finding.stage, finding.tips[0]) == ("warning", "training", "higher_learning_rate")
    assert finding.evidence["way"] < 0.3


def test_lower_is_surer():
    sure = [rule.examine(trained(rate=rate))[0].confidence for rate in (1e-3, 1e-4, 1e-5)]
    assert sure == sorted(set(sure))


HEALTHY = {
    "usual": {},
    "slow, but steps of a usual length": {"rate": 0.01},
    "few steps": {"epochs": 1},
    "labels without meaning": {"shuffled_labels": True, "rate": 0.03},
    "stuck in a network whose signal shrinks": {"widths": (16,) * 6, "gain": 0.3},
    "leaping": {"rate": 30.0},
    "long training in small steps": {"rate": 1e-3, "epochs": 600},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_or_another_ailment(name):
    assert found(rule, trained(**HEALTHY[name])) == []


LINE = np.linspace(2.3, 2.2, 11)


def without_a_trace(way, pull, moved=1e-5):
    """A loss that only shows noise, from weights that went so far, on a gradient that promises so much of ln 10."""
    steps = round(way / moved)
    at = np.linspace(0, steps, 9).round().astype(int).tolist()
    values = {"weight_norm": 1.0, "gradient_norm": pull * np.log(10), "update_ratio": moved}
    parts = [
        Record("series", {"quantity": name, "places": ["k"], "steps": at, "values": [[value]] * 9})
        for name, value in values.items()
    ]
    return run(CLASSES, parts, losses([2.3, 2.31, 2.29, 2.3, 2.32, 2.3]))


@pytest.mark.parametrize(
    "way, pull, sick", [(0.08, 3.0, True), (1e-4, 3.0, True), (0.12, 3.0, False), (0.04, 0.7, False), (0.04, 1.3, True)]
)
def test_steps_that_leave_no_trace_in_the_loss(way, pull, sick):
    assert bool(found(rule, without_a_trace(way, pull))) is sick


def slow(loss=LINE, moved=1e-4, promised=0.1, steps=100, facts=CLASSES):
    """A run of 100 steps that each move the weights so far, and predict a fall of `promised` in all."""
    parts = [series("weight_norm", "k", [1.0] * steps), series("gradient_norm", "k", [1.0] * steps)]
    parts += [series("update_ratio", "k", [moved] * steps), series("batch_loss", "train", [2.3] * steps)]
    return run(facts, parts, series("predicted_loss_change", "train", [-promised / steps] * steps), losses(loss))


@pytest.mark.parametrize(
    "change, sick",
    [
        ({}, True),
        ({"moved": 4e-4}, True),
        ({"moved": 7e-4}, False),
        ({"moved": 4e-4, "steps": 600}, True),
        ({"moved": 4e-4, "steps": 900}, False),  # a way of 0.36
        ({"promised": 0.6}, True),
        ({"promised": 1.5}, False),  # the gradients are noise
        ({"loss": np.r_[np.linspace(2.3, 2.2, 6), np.linspace(2.194, 2.17, 5)]}, True),
        ({"loss": np.r_[np.linspace(2.3, 2.2, 6), np.full(5, 2.195)]}, False),  # came to rest
        ({"loss": np.r_[np.linspace(2.3, 2.2, 6), np.linspace(2.198, 2.19, 5)]}, False),  # nearly
        ({"loss": LINE[::-1]}, False),
        ({"loss": LINE - 1.3}, False),  # good
        ({"loss": np.linspace(2.3, 1.3, 11)}, False),  # would be good after as many epochs again
        ({"moved": 0.0}, False),  # frozen
    ],
)
def test_marks(change, sick):
    assert bool(found(rule, slow(**change))) is sick


def flat(step=0.01, steps=100, momentum=0.0, name="SGD", loss=LINE, promised=0.1, rates=None, clips=False, penalty=()):
    """Steps of a usual length, by plain descent of a rate of 0.1, on a loss whose curvature makes that `step`."""
    facts = [
        optimizer(name, 0.1, momentum=momentum, clips=clips),
        point(largest=step * (1 - momentum) / 0.1),
        fit(steps=steps),
        series("learning_rate", "train", rates or [0.1] * 4),
    ]
    adds = [series("penalty", "model/k", penalty)] if penalty else []
    return run(list(slow(loss, moved=2e-3, promised=promised).records), facts, adds)


@pytest.mark.parametrize(
    "change, sick",
    [
        ({}, True),
        ({"step": 0.018}, True),
        ({"step": 0.03}, False),  # a hundred times as long, and it would diverge
        ({"momentum": 0.9}, True),
        ({"steps": 300}, False),  # 11 epochs of them came to 33, so that it should have settled
        ({"steps": 250}, True),
        ({"name": "Adam"}, False),  # whose steps curvature does not tell of
        ({"clips": True}, False),
        ({"promised": 1.5}, False),  # the gradients are noise
        ({"loss": LINE - 1.3}, False),  # good
        ({"rates": [0.1, 0.3, 0.1]}, False),  # the largest rate was three times as high
        ({"rates": [NAN]}, False),
        ({"step": 0.0}, False),  # not flat but dead
        ({"step": -0.01}, False),
        ({"penalty": [0.3, 0.2]}, False),  # whose curvature was not measured
    ],
)
def test_a_loss_so_flat_that_steps_could_be_a_hundred_times_as_long(change, sick):
    findings = rule.examine(flat(**change))
    assert bool(findings) is sick
    assert not sick or findings[0].evidence["curved_step"] == pytest.approx(change.get("step", 0.01))


RESTS = np.r_[np.linspace(2.3, 2.1, 4), np.full(7, 2.099)]  # the first steps brought something


def fading(rates, moved=2e-3, loss=RESTS, promised=0.1):
    """A hundred steps at rates that were recorded at even distances, of a usual length at first and in proportion later."""
    steps = np.linspace(0, 99, len(rates)).round().astype(int).tolist()
    known = Record(
        "series", {"quantity": "learning_rate", "places": ["train"], "steps": steps, "values": [[rate] for rate in rates]}
    )
    shares = moved * np.interp(np.arange(100), steps, rates if max(rates) > 0 else GONE) / 0.1
    return run(list(slow(loss, promised=promised).records), series("update_ratio", "k", shares), [known])


GONE = [0.1, 0.05, 0.02, 5e-4, 1e-5, 1e-7, 1e-8, 1e-9, 1e-9]


@pytest.mark.parametrize(
    "change, sick",
    [
        ({}, True),
        ({"rates": [0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.0]}, False),  # at the end, as schedules do
        ({"rates": [0.1] * 6 + [1e-5] * 3}, False),  # late
        ({"rates": [0.1, 0.05, 0.02, 5e-3, 4e-3, 3e-3, 2e-3, 2e-3, 2e-3]}, False),  # a tenth and a bit is no nothing
        ({"rates": [1e-5, 1e-4, 1e-3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]}, False),  # warms up
        ({"rates": [NAN] * 9}, False),
        ({"rates": [0.0] * 9}, False),
        ({"moved": 10.0}, False),  # which still moves the weights by much
        ({"loss": RESTS - 1.3}, False),  # good
        ({"promised": 2.5}, False),  # stuck before
    ],
)
def test_a_rate_that_sinks_too_early(change, sick):
    findings = rule.examine(fading(**{"rates": GONE, **change}))
    assert [finding.evidence.get("highest_rate") for finding in findings] == ([0.1] if sick else [])


def test_noise_between_epochs_hides_a_small_fall():
    noise = np.random.default_rng(0).normal(0, 0.1, 11)
    assert found(rule, slow(loss=LINE + noise)) == []
    assert found(rule, slow(loss=LINE + noise / 10)) == [("warning", ())]


def test_without_a_known_level_only_a_loss_that_hardly_fell_counts():
    assert found(rule, slow(facts=[])) == [("warning", ())]
    assert found(rule, slow(np.linspace(2.3, 1.9, 11), facts=[], promised=0.4)) == []
    assert rule.examine(slow(facts=[]))[0].confidence < rule.examine(slow())[0].confidence


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(slow(loss=[2.3])), Missing) is False, "batch losses tell the pace of a short run"
    assert isinstance(rule.examine(slow(loss=[2.3, NAN, NAN, NAN])), Missing)
    assert isinstance(rule.examine(slow(moved=NAN)), Missing)
