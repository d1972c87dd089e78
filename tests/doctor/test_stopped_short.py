import numpy as np
import pytest
from doctor_runs import fact, reference, series
from stopped_runs import HALF_WAY, more_to_learn, stopped

from keras_tips.doctor.stopped_short import StoppedShort, stopped_short

ZIGZAG = np.array([1, -1] * 6)


def test_a_loss_that_stays_where_it_is():
    place = stopped_short(stopped(HALF_WAY, *more_to_learn()))
    assert isinstance(place, StoppedShort)
    assert (place.proved, place.nothing, place.point) == (True, False, None)


@pytest.mark.parametrize("fall, swing, sick", [(0.2, 0.0, False), (0.1, 0.1, True), (0.6, 0.4, False)])
def test_a_fall_within_its_swings_is_none_unless_they_are_wide(fall, swing, sick):
    falling = np.linspace(2.2, 2.2 - fall, 12) + swing * ZIGZAG
    assert (stopped_short(stopped(falling, *more_to_learn())) is not None) is sick


@pytest.mark.parametrize("deviation, sick", [(0.2, False), (0.1, True)])
def test_a_simple_predictor_may_have_had_luck(deviation, sick):
    simple = reference(constant=0.1, deviation=deviation, linear_held_out=0.35, neighbours_held_out=0.35)
    looks = series("training_score", "out", [0.1, 0.1])
    assert (stopped_short(stopped(HALF_WAY, fact("references", [simple]), looks)) is not None) is sick
