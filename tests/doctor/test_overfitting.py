import numpy as np
import pytest
from doctor_runs import NAN, contract, fact, found, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.overfitting import overfitting as rule
from keras_tips.records.record import Record

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
FALLING = np.linspace(2.0, 0.1, 20)
TURNING = np.concatenate([np.linspace(2.1, 1.2, 6), np.linspace(1.2, 2.0, 14)])


def curves(train, validation, *more):
    return run(CLASSES, losses(train, validation), *more)


def test_sick():
    (finding,) = rule.examine(curves(FALLING, TURNING))
    assert (finding.severity, finding.stage, finding.tips[0]) == ("warning", "generalization", "early_stopping")
    assert finding.evidence["best_epoch"] == pytest.approx(6, abs=1)


def test_validation_that_never_was_any_good_and_gets_worse_is_sick_too():
    assert found(rule, curves(FALLING, TURNING + 1.5)) == [("warning", ())]


NOISE = np.random.default_rng(0).normal(0, 0.4, 20)
HEALTHY = {
    "both fall": (FALLING, FALLING + 0.1),
    "a gap that stays": (FALLING, np.linspace(2.1, 1.2, 20)),
    "validation better, as under dropout": (FALLING + 0.3, FALLING),
    "an easy task, ever surer": (np.geomspace(0.5, 0.001, 20), np.r_[np.geomspace(0.5, 0.07, 10), np.linspace(0.07, 0.15, 10)]),
    "noise around a level": (FALLING, 1.2 + NOISE),
    "training is bad": (np.linspace(2.3, 2.1, 20), TURNING),
    "a restart lifts both": (np.r_[FALLING[:15], [0.6, 0.8, 0.9, 0.9, 0.9]], np.r_[FALLING[:15], [1.4, 1.5, 1.5, 1.5, 1.5]]),
    "one bad epoch at the end": (FALLING, np.r_[FALLING[:19], 3.0]),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, curves(*HEALTHY[name])) == []


@pytest.mark.parametrize("rise, sick", [(0.17, False), (0.30, True)])
def test_begins_at_a_tenth_of_what_there_is_to_learn(rise, sick):
    validation = np.concatenate([np.linspace(2.1, 1.0, 6), np.linspace(1.0, 1.0 + rise, 14)])
    assert bool(found(rule, curves(FALLING, validation))) is sick


@pytest.mark.parametrize("noise, sick", [(0.08, True), (0.25, False)])
def test_a_rise_has_to_stand_out_of_the_noise(noise, sick):
    zigzag = noise * np.array([1, -1] * 10)
    assert bool(found(rule, curves(FALLING, TURNING + zigzag))) is sick


def test_more_of_it_is_surer():
    low, high = (rule.examine(curves(FALLING, np.r_[TURNING[:6], np.linspace(1.2, end, 14)]))[0] for end in (1.5, 2.2))
    assert low.confidence < high.confidence


def test_a_run_that_was_stopped_is_only_told():
    ended = [Record("end", {"status": "stopped", "reason": ""})]
    assert found(rule, curves(FALLING, TURNING, ended)) == [("info", ())]


def test_says_what_is_missing():
    assert rule.examine(run(losses(FALLING))) == Missing("needs the training and validation loss of at least 5 epochs")
    assert isinstance(rule.examine(curves(FALLING[:4], TURNING[:4])), Missing)
    assert isinstance(rule.examine(curves(FALLING, np.r_[TURNING[:19], NAN])), Missing)


def scores(train, validation):
    return [series("training_score", "out", [train]), series("validation_score", "out", [validation])]


@pytest.mark.parametrize("validation, severity", [(0.8, "warning"), (0.86, "warning"), (0.94, "info"), (0.99, "info")])
def test_who_is_as_often_right_as_before_is_only_told(validation, severity):
    a_run = curves(FALLING, TURNING, fact("references", [reference(constant=0.1)]), scores(1.0, validation))
    assert found(rule, a_run) == [(severity, ())]


def apart(train, validation, rows=200, constant=0.1):
    known = {"constant": constant, "constant_validation": constant, "validation_rows": rows}
    looks = [series("training_score", "out", [train]), series("validation_score", "out", [validation])]
    return [fact("references", [reference(**known)]), *looks]


@pytest.mark.parametrize(
    "train, validation, rows, constant, sick",
    [
        (1.0, 0.60, 200, 0.1, True),
        (1.0, 0.80, 200, 0.1, False),
        (1.0, 0.60, 30, 0.1, False),  # a few rows have their luck
        (0.95, 0.05, 200, 0.1, False),  # worse than a constant: other rows, or weights of classes
        (0.97, 0.93, 200, 0.9, False),  # most of what a rare class leaves, and a few rows
    ],
)
def test_a_network_that_knows_its_rows_by_heart(train, validation, rows, constant, sick):
    steady = curves(FALLING, np.linspace(2.1, 1.2, 20), *apart(train, validation, rows, constant))
    assert found(rule, steady) == ([("warning", ())] if sick else [])


@pytest.mark.parametrize(
    "distinct, validation, sick",
    [(20, 0.7, True), (20, 0.95, False), (60, 0.7, False), (None, 0.7, False)],
)
def test_a_few_rows_over_and_over(distinct, validation, sick):
    split = {"training_rows": 100, "validation_rows": 100, "shared_rows": 0, "distinct_rows": distinct}
    findings = rule.examine(curves(FALLING, np.linspace(2.1, 1.2, 20), *apart(1.0, validation), fact("split", split)))
    assert [finding.tips[0] for finding in findings] == (["repair_data"] if sick else [])


def test_by_heart_is_only_told_where_the_run_was_stopped():
    stopped = Record("end", {"status": "stopped", "reason": ""})
    assert found(rule, curves(FALLING, np.linspace(2.1, 1.2, 20), *apart(1.0, 0.6), stopped)) == [("info", ())]


def looked(training, inference):
    return [series("training_mode_loss", "train", [training]), series("inference_loss", "train", [2.3, inference])]


def test_training_rows_that_are_bad_at_inference_are_another_ailment():
    assert found(rule, curves(FALLING, TURNING, looked(0.1, 1.5))) == []
    assert found(rule, curves(FALLING, TURNING, looked(0.1, 0.1))) == [("warning", ())]


def test_training_may_be_good_only_without_dropout():
    slow = np.linspace(2.2, 1.4, 20)
    assert found(rule, curves(slow, TURNING)) == []
    assert found(rule, curves(slow, TURNING, looked(1.4, 0.4))) == [("warning", ())]
