import numpy as np
import pytest
from doctor_runs import NAN, contract, fact, fit, found, losses, one_hot_target, reference, run, series
from small_training import trained

from keras_tips.doctor.diagnose import diagnose
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.undertrained import undertrained as rule
from keras_tips.records.record import Record

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


@pytest.mark.parametrize(
    "values, sick",
    [
        ([2.3, 2.28, 2.24, 2.16], True),  # ever faster, and nothing learned yet: a straight line would bring 0.08
        ([2.3, 2.24, 2.2, 2.16], False),  # no faster
        ([2.3, 2.295, 2.285, 2.265], False),  # hardly at all
        ([2.3, 2.0, 1.97, 1.9], False),  # something was learned, and the second half brought less
    ],
)
def test_a_loss_that_falls_ever_faster_has_only_begun(values, sick):
    assert bool(found(rule, curve(values))) is sick


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


def far(score, values, steps=20, linear=0.9):
    """A run whose accuracy ends here, where a linear readout reaches `linear` and a constant 0.1."""
    known = fact("references", [reference(constant=0.1, deviation=0.01, linear_held_out=linear, neighbours_held_out=0.1)])
    return run(CLASSES, losses(values), known, series("training_score", "out", [0.1, score]), fit(epochs=10, steps=steps))


CREEPING, RESTING = np.linspace(2.3, 2.2, 10), 2.2 + 0.1 * DECAY[:10]


@pytest.mark.parametrize(
    "score, values, steps, linear, sick",
    [
        (0.12, CREEPING, 20, 0.9, True),
        (0.12, RESTING, 20, 0.9, False),
        (0.60, CREEPING, 20, 0.9, False),  # lacks a third
        (0.12, CREEPING, 20, 0.1, False),  # nobody knows what can be learned
        (0.25, RESTING, 9, 0.9, True),  # ninety steps
        (0.25, RESTING, 11, 0.9, False),
        (0.12, RESTING, 9, 0.9, False),  # not even on its way
    ],
)
def test_remarks_where_most_is_still_to_be_learned(score, values, steps, linear, sick):
    assert found(rule, far(score, values, steps, linear)) == ([("info", ())] if sick else [])


@pytest.mark.parametrize(
    "end, linear, severity",
    [
        (1.85, 0.3, "info"),  # ahead of simple predictors, and a sixth to be gained
        (1.85, 0.9, "warning"),
        (1.85, 0.1, "warning"),  # nobody knows what can be learned
        (1.6, 0.3, "warning"),  # a quarter
    ],
)
def test_a_network_that_is_ahead_of_simple_predictors_needs_a_better_promise(end, linear, severity):
    assert found(rule, far(0.45, np.linspace(2.3, end, 10), linear=linear)) == [(severity, ())]


def test_it_is_blamed_where_all_rules_were_asked_and_no_other_is():
    all_rules, alone = diagnose(far(0.12, CREEPING)), diagnose(far(0.12, CREEPING), ["undertrained"])
    assert [(finding.rule, finding.severity) for finding in all_rules.findings] == [("undertrained", "warning")]
    assert [(finding.rule, finding.severity) for finding in alone.findings] == [("undertrained", "info")]


@pytest.mark.parametrize(
    "values, steps, status, sick",
    [
        ([2.31, 2.30, 2.28], 20, "stopped", True),
        ([2.31, 2.30, 2.28], 20, "completed", False),
        ([2.31, 2.30, 2.28], 40, "stopped", False),  # 120 steps
        ([2.28, 2.30, 2.31], 20, "stopped", False),
        ([2.30, 1.80, 1.79], 20, "stopped", False),
    ],
)
def test_stopped_before_anything_was_learned(values, steps, status, sick):
    a_run = run(CLASSES, losses(values), fit(epochs=30, steps=steps), Record("end", {"status": status, "reason": ""}))
    assert (("warning", ()) in found(rule, a_run)) is sick


def just_begun(moved=0.005, predicted=0.002, fall=0.04, steps=12, noise=0.0):
    """Two epochs whose loss stays near what a constant costs, and whose steps move the weights and predict so much."""
    parts = [series(name, "k", [1.0] * 2 * steps) for name in ("weight_norm", "gradient_norm")]
    parts += [series("update_ratio", "k", [moved] * 2 * steps)]
    loss = np.linspace(2.3, 2.3 - fall, 2 * steps) + noise * (-1.0) ** np.arange(2 * steps)
    parts += [series("batch_loss", "train", loss), series("predicted_loss_change", "train", [-predicted] * 2 * steps)]
    ends = Record(
        "series",
        {
            "quantity": "loss",
            "places": ["train"],
            "steps": [steps - 1, 2 * steps - 1],
            "values": [[loss[:steps].mean()], [loss[steps:].mean()]],
        },
    )
    return run(CLASSES, fit(epochs=2, steps=steps), parts, ends)


@pytest.mark.parametrize(
    "settings, sick",
    [
        ({}, True),
        ({"moved": 0.03}, False),  # the weights are elsewhere, and nothing came of it
        ({"predicted": 0.03}, False),  # what was predicted did not come
        ({"noise": 0.03}, True),
        ({"noise": 0.03, "predicted": 0.01}, False),  # a third of it came
        ({"steps": 60}, False),
        ({"fall": -0.04}, False),
    ],
)
def test_a_few_steps_that_do_what_they_predict(settings, sick):
    assert (("warning", ()) in found(rule, just_begun(**settings))) is sick


def test_a_slow_fall_has_to_stand_out_of_the_noise():
    noisy = CREEPING + 0.05 * np.array([1, -1] * 5)
    assert found(rule, far(0.12, noisy)) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(curve([2.3, 2.2])), Missing)
    assert isinstance(rule.examine(curve([2.3, 2.2, 2.0, NAN])), Missing)
