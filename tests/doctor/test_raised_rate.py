import math

import pytest
from doctor_runs import NAN, losses, run, series

from keras_tips.doctor.raised_rate import raised_rate

UP, DOWN = [2.0, 1.0, 0.2], [0.5, 1.2, 2.1]  # losses until the best epoch, and after it


def raised(values, rates, level=2.3):
    return raised_rate(run(losses(values), series("learning_rate", "train", rates)), level)


def test_a_range_test_that_was_left_on():
    found = raised(UP + DOWN, [1e-4, 1e-3, 1e-2, 1e-1, 0.3, 1.0])
    assert (found.before, found.after, found.best) == (pytest.approx(1e-2), pytest.approx(1.0), 0.2)
    assert found.taken_back == pytest.approx(1.9 / 2.1)
    assert raised([*UP, 0.5, NAN, NAN], [1e-4, 1e-3, 1e-2, 1e-1, 0.3, 1.0]).taken_back == math.inf


@pytest.mark.parametrize(
    "values, rates",
    [
        (UP + DOWN, [0.01] * 6),
        (UP + DOWN, [0.1, 0.1, 0.1, 0.5, 0.5, 0.5]),
        (UP[::-1][:1] * 6, [1e-4, 1e-3, 1e-2, 1e-1, 0.3, 1.0]),
        ([*UP, 0.5, 0.6, 0.7], [1e-4, 1e-3, 1e-2, 1e-1, 0.3, 1.0]),
        ([2.4, 2.31, 2.3, 2.4, 2.5, 2.6], [1e-4, 1e-3, 1e-2, 1e-1, 0.3, 1.0]),
        (UP, [1e-4, 1e-3, 1e-2]),
        ([*UP, 2.2, 0.3, 0.1], [0.1, 0.01, 0.001, 0.1, 0.01, 0.001]),
    ],
    ids=["constant", "little", "flat", "kept", "nothing learned", "warmup", "restart"],
)
def test_healthy_or_another_ailment(values, rates):
    assert raised(values, rates) is None


def test_is_not_known_without_rates_or_losses():
    assert raised_rate(run(losses(UP)), 2.3) is None
    assert raised_rate(run(series("learning_rate", "train", [0.1, 0.2])), 2.3) is None
