import math

import pytest
from doctor_runs import INF, NAN, contract, losses, one_hot_target, run
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


@pytest.mark.parametrize("share, poor", [(0.4, False), (0.6, True), (1.2, False)])
def test_right_answers_that_win_by_a_hair(share, poor):
    classes = list(contract("softmax", "categorical_crossentropy", one_hot_target(2)).records)
    known = [*classes, *losses([0.7, share * math.log(2)]), *GOOD[-2:]]
    state = suffering(run(known))
    assert (state.poor, state.by_its_loss().poor) == (False, poor)
    assert suffering(run()).by_its_loss() == suffering(run())


def test_a_loss_that_is_not_finite_at_the_end_suffers():
    for last in (NAN, INF):
        assert suffering(run(GOOD, losses([2.0, 1.0, 0.5, 0.1, last]))).nothing
    assert suffering(run(losses([NAN, 0.5, 0.1]))).poor is not True
