import pytest
from doctor_runs import fact, output, reference, run, series, target
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.diagnose import diagnose
from keras_tips.doctor.reservation import reservation
from keras_tips.doctor.suffering import HARMLESS
from keras_tips.doctor.suspicion import suspected
from keras_tips.records.finding import Finding

EXPLAINS = {"a": ("plateau",), "b": ("undertrained",), "harmless": ("overfitting",)}


def remark(rule, confidence, severity="info", stage="setup", tips=("relu",)):
    return Finding(rule, severity, stage, f"It is {rule}.", tips=tips, confidence=confidence)


REMARKS = [remark("harmless", 0.9), remark("a", 0.5), remark("b", 0.8), remark("undertrained", 0.6)]


def test_the_surest_that_can_hold_training_up_is_blamed():
    found = suspected(REMARKS, run(BAD), EXPLAINS)
    assert [finding.severity for finding in found] == ["info", "info", "warning", "info"]
    assert "It is b; nothing else was found that explains the result: training learned 1" in found[2].message
    assert 0.5 < found[2].confidence < 0.8


@pytest.mark.parametrize(
    "found, a_run",
    [
        (REMARKS, run(GOOD)),
        (REMARKS, run(UNSEEN)),
        ([*REMARKS, remark("other", 0.3, "warning")], run(BAD)),  # it is to blame, and no remark explains it
        ([remark("harmless", 0.9)], run(BAD)),
        ([], run(BAD)),
    ],
)
def test_else_nobody_is(found, a_run):
    assert suspected(found, a_run, EXPLAINS) == found


CHAIN = {"softmax_inside": ("vanishing",), "vanishing": ("plateau",), "other": ("plateau",)}


@pytest.mark.parametrize(
    "remarks, severities",
    [
        ([remark("softmax_inside", 0.9)], ["warning"]),
        ([remark("softmax_inside", 0.7)], ["info"]),  # not certain
        ([remark("other", 0.9)], ["info"]),  # does not explain all
        ([remark("other", 0.95), remark("softmax_inside", 0.9)], ["info", "warning"]),
        ([remark("plateau", 0.9)], ["info"]),  # no cause
        ([remark("softmax_inside", 0.9, tips=())], ["info"]),  # nothing cures it
    ],
)
@pytest.mark.parametrize("a_run", [run(GOOD), run(BAD), run(UNSEEN)])
def test_a_remark_that_explains_all_that_is_serious_is_blamed(remarks, severities, a_run):
    harm = [remark("vanishing", 0.6, "warning"), remark("plateau", 0.5, "critical")]
    found = suspected([*remarks, *harm], a_run, CHAIN)
    assert [finding.severity for finding in found] == [*severities, "warning", "critical"]
    if "warning" in severities:
        assert "it can be why there is plateau and vanishing." in found[severities.index("warning")].message


def test_it_does_not_call_itself_harmless_any_more():
    softmax = Finding("softmax_inside", "info", "setup", f"Odd; {HARMLESS}28% was learned.", tips=("relu",), confidence=0.9)
    blamed, _ = suspected([softmax, remark("vanishing", 0.6, "warning")], run(BAD), CHAIN)
    assert blamed.message == "Odd; 28% was learned; it can be why there is vanishing."


@pytest.mark.parametrize("score, severity", [(0.6, "warning"), (0.85, "info")])
def test_validation_far_behind_a_simple_predictor_is_harm_too(score, severity):
    known = reference(validation_rows=300, constant_validation=0.5, linear_validation=0.9, neighbours_validation=0.5)
    a_run = run(GOOD, fact("references", [known]), series("validation_score", "out", [0.5, score]))
    assert [finding.severity for finding in suspected([remark("b", 0.8)], a_run, EXPLAINS)] == [severity]


def test_where_training_is_good_a_remark_stays_one():
    found = [remark("harmless", 0.9), remark("overfitting", 0.9, "warning", "generalization")]
    assert suspected(found, run(BAD), EXPLAINS) == found


def test_a_bad_result_without_a_cause_is_not_called_healthy():
    diagnosis = diagnose(run(BAD))
    assert (diagnosis.stage, diagnosis.findings) == ("training", ())
    assert "no rule names a cause: training learned 10%" in diagnosis.reservation
    assert diagnose(run(GOOD)).reservation == ""


@pytest.mark.parametrize("end, told", [(BAD, "Nothing was learned"), (GOOD, "")])
def test_a_loss_that_dropout_keeps_high_does_not_say_that_nothing_was_learned(end, told):
    """By the logged loss it is no better than a constant, of which 1000 is what it costs; the score tells how it is."""
    goal = target(constant_losses={"my_loss": 1000.0})
    facts = [fact("outputs", [output("sigmoid", "my_loss", 1)]), fact("targets", [goal])]
    assert reservation(run(facts, end))[1][: len("Nothing was learned")] == told
