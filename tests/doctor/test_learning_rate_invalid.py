import pytest
from doctor_runs import INF, NAN, found, optimizer, run, series
from outcomes import BAD, GOOD

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.learning_rate_invalid import learning_rate_invalid as rule


def rates(*values):
    return series("learning_rate", "optimizer", values)


@pytest.mark.parametrize("rate", [0.0, -0.01, NAN, INF, -INF])
def test_sick(rate):
    assert found(rule, run(optimizer(learning_rate=rate))) == [("critical", ())]
    assert found(rule, run(optimizer(), rates(rate, rate))) == [("critical", ())]


@pytest.mark.parametrize(
    "values",
    [
        [0.1] * 5,
        [1e-7],
        [0.0, 0.01, 0.02, 0.03],  # warm-up
        [0.03, 0.02, 0.01, 0.0],  # cosine
        [0.1, 0.1, 0.0, 0.0, 0.1],  # a pause
    ],
)
def test_healthy(values):
    assert found(rule, run(optimizer(learning_rate=None, schedule="Own"), rates(*values), BAD)) == []


def test_a_callback_may_replace_what_the_optimizer_was_given():
    assert found(rule, run(optimizer(learning_rate=0.0), rates(0.1, 0.1))) == []


def test_a_schedule_that_crosses_zero():
    (finding,) = rule.examine(run(optimizer(), rates(0.1, 0.05, -0.05, -0.1)))
    assert finding.severity == "critical"
    assert "climbs" in finding.message
    assert finding.evidence["share_of_steps"] == 0.5


@pytest.mark.parametrize("still, sick", [(4, False), (6, True)])
def test_half_of_the_training_at_zero(still, sick):
    values = rates(*[0.1] * (10 - still), *[0.0] * still)
    assert found(rule, run(optimizer(), values, BAD)) == ([("warning", ())] if sick else [])
    assert found(rule, run(optimizer(), values, GOOD)) == ([("info", ())] if sick else [])


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(optimizer(learning_rate=None, schedule="Own"))), Missing)
