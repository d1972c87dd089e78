import math

from doctor_runs import INF, NAN, losses, run
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.suffering import suffering


def test_bad_good_and_unseen():
    bad, good, unseen = (suffering(run(records)) for records in (BAD, GOOD, UNSEEN))
    assert (bad.poor, good.poor, unseen.poor) == (True, False, None)
    assert [each.severity() for each in (bad, good, unseen)] == ["warning", "info", "warning"]
    assert unseen.severity("info") == "info"
    assert bad.severity(poor="critical") == "critical"
    assert math.isnan(unseen.learned)


def test_the_message_ends_with_what_became_of_the_run():
    assert suffering(run(BAD)).ending().startswith("; training learned 10%")
    assert "did little harm" in suffering(run(GOOD)).ending()
    assert suffering(run()).ending() == suffering(run(GOOD)).ending(certain=True) == "."
    assert suffering(run(BAD)).ending(certain=True) == suffering(run(BAD)).ending()


def test_a_loss_that_is_not_finite_at_the_end_suffers():
    for last in (NAN, INF):
        assert suffering(run(GOOD, losses([2.0, 1.0, 0.5, 0.1, last]))).nothing
    assert suffering(run(losses([NAN, 0.5, 0.1]))).poor is not True
