import numpy as np
import pytest
from doctor_runs import NAN, contract, fact, found, layer, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.overtraining import overtraining as rule
from keras_tips.records.record import Record

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
FALLING = np.linspace(2.0, 0.1, 20)
STOPPED = Record("end", {"status": "stopped", "reason": ""})


def turning(rise=0.8, best=6):
    return np.r_[np.linspace(2.1, 1.2, best), np.linspace(1.2, 1.2 + rise, 20 - best)]


def curves(validation, *more, train=FALLING):
    return run(CLASSES, losses(train, validation), *more)


def scores(train, validation):
    return [series("training_score", "out", [train]), series("validation_score", "out", [validation])]


def test_sick():
    (finding,) = rule.examine(curves(turning()))
    assert (finding.severity, finding.stage, finding.tips) == ("warning", "generalization", ("early_stopping",))
    assert "best epoch was 6 of 20" in finding.message


@pytest.mark.parametrize(
    "a_run",
    [
        curves(turning(), STOPPED),
        curves(turning(rise=0.12)),
        curves(turning(), scores(1.0, 0.97)),  # ever surer, and as often right
        curves(turning(), series("inference_loss", "validation", [2.3, 1.2])),  # the best weights were put back
    ],
)
def test_harmless_is_only_told(a_run):
    assert found(rule, a_run) == [("info", ())]


@pytest.mark.parametrize("fall, severity", [(0.07, "info"), (0.13, "warning")])
def test_answers_that_were_right_before_count_too(fall, severity):
    looks = [series("training_score", "out", [0.1, 0.95, 1.0]), series("validation_score", "out", [0.1, 0.85, 0.85 - fall])]
    assert found(rule, curves(turning(rise=0.12), looks)) == [(severity, ())]


@pytest.mark.parametrize(
    "a_run",
    [
        curves(FALLING + 0.1),
        curves(turning(best=14)),  # the turn is late
        curves(turning(rise=0.02)),
        curves(np.linspace(2.1, 1.2, 20)),
        curves(turning(), fact("references", [reference()]), train=np.linspace(2.3, 2.1, 20)),  # training is bad
    ],
)
def test_healthy(a_run):
    assert found(rule, a_run) == []


@pytest.mark.parametrize("rise, severity", [(0.17, "info"), (0.30, "warning")])
def test_warns_from_a_tenth_of_what_there_is_to_learn(rise, severity):
    assert found(rule, curves(turning(rise))) == [(severity, ())]


@pytest.mark.parametrize("best, sick", [(8, True), (12, False)])
def test_long_past_is_half_of_the_run(best, sick):
    assert bool(found(rule, curves(turning(best=best)))) is sick


@pytest.mark.parametrize("epochs, sick", [(6, False), (7, True)])
def test_four_epochs_are_what_early_stopping_waits_for(epochs, sick):
    best_at_the_second = [2.1, 1.2, 1.3, 1.8, 2.2, 2.6, 2.8][:epochs]
    assert bool(found(rule, curves(best_at_the_second, train=FALLING[::3][:epochs]))) is sick


def test_penalties_hide_whether_weights_were_put_back():
    penalized = fact("layers", [layer("h", regularized=["kernel"])])
    assert found(rule, curves(turning(), penalized, series("inference_loss", "validation", [2.3, 1.2]))) == [("warning", ())]


def test_more_of_it_is_surer():
    (low,), (high,) = (rule.examine(curves(turning(rise))) for rise in (0.3, 0.8))
    assert low.confidence < high.confidence


def test_says_what_is_missing():
    assert rule.examine(run(losses(FALLING))) == Missing("needs the training and validation loss of at least 5 epochs")
    assert isinstance(rule.examine(curves(np.r_[turning()[:19], NAN])), Missing)
