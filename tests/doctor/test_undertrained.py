import numpy as np
import pytest
from doctor_runs import NAN, contract, found, losses, one_hot_target, run
from small_training import trained

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.undertrained import undertrained as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


def curve(values, facts=CLASSES):
    return run(facts, losses(values))


@pytest.mark.parametrize("settings", [{"rate": 0.01}, {"epochs": 3, "rate": 0.03}])
@pytest.mark.parametrize("seed", range(3))
def test_a_network_that_was_given_up(settings, seed):
    (finding,) = rule.examine(trained(**settings, seed=seed))
    assert (finding.severity, finding.stage, finding.tips[0]) == ("warning", "training", "more_epochs")


@pytest.mark.parametrize("seed", range(3))
def test_batches_tell_it_of_one_epoch(seed):
    assert found(rule, trained(epochs=1, rate=0.01, rows=8192, batch=128, seed=seed)) == [("warning", ())]


HEALTHY = {
    "usual": {},
    "short, and good": {"epochs": 2},
    "one epoch, good by its end": {"epochs": 1},
    "long": {"epochs": 60},
    "labels without meaning": {"shuffled_labels": True},
    "noisy classes": {"spread": 4.0},
    "exploded": {"rate": 30.0},
    "stuck": {"widths": (16,) * 6, "gain": 0.3},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_or_another_ailment(name):
    assert [finding for finding in rule.examine(trained(**HEALTHY[name])) if finding.serious] == []


DECAY = np.exp(-np.linspace(0, 4, 12))


@pytest.mark.parametrize(
    "values, severity",
    [
        (np.linspace(2.3, 1.3, 10), "warning"),
        (np.linspace(2.3, 2.15, 10), None),  # as many epochs again bring less than a tenth
        (np.linspace(2.3, 2.03, 10), "warning"),
        (np.linspace(2.3, 1.3, 10) + 0.01 * np.array([1, -1] * 5), "warning"),  # falls, and is noisy
        (np.linspace(2.3, 0.9, 10), "info"),  # good by now
        (np.linspace(2.3, 0.4, 10), None),  # very good
        (1.4 + 0.9 * DECAY, None),  # came to rest
        (np.linspace(1.3, 2.3, 10), None),  # rises
        ([1e9, 5e20, 4e20, 3e20, 2e20], None),  # what falls there had gone up before
    ],
)
def test_marks(values, severity):
    assert [finding.severity for finding in rule.examine(curve(values))] == ([severity] if severity else [])


def test_a_fall_has_to_stand_out_of_the_noise():
    line = np.linspace(2.3, 2.0, 12)
    assert found(rule, curve(line)) != []
    assert found(rule, curve(line + np.random.default_rng(0).normal(0, 0.2, 12))) == []


def test_only_remarks_where_the_level_is_not_known():
    assert [severity for severity, _ in found(rule, curve(np.linspace(2.3, 1.3, 10), []))] == ["info"]


def test_the_more_there_is_to_gain_the_surer():
    sure = [rule.examine(curve(np.linspace(2.3, end, 10)))[0].confidence for end in (2.0, 1.8, 1.5)]
    assert sure == sorted(set(sure))


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(curve([2.3, 2.2])), Missing)
    assert isinstance(rule.examine(curve([2.3, 2.2, 2.0, NAN])), Missing)
