"""The inverse square root against its formula, written out in NumPy."""

import keras
import numpy as np
import pytest
from schedule_checks import check_steps, check_stored, rates_of

from keras_tips.schedules import InverseSquareRoot

pytestmark = pytest.mark.backend


def test_without_warm_up_it_is_the_rate_over_the_root_of_the_count():
    expected = [0.3 / np.sqrt(step + 1) for step in range(40)]
    np.testing.assert_allclose(rates_of(InverseSquareRoot(0.3), range(40)), expected, rtol=1e-6)


def test_it_is_the_schedule_of_the_transformer():
    width, warmup = 512, 400
    expected = [width**-0.5 * min(step**-0.5, step * warmup**-1.5) for step in range(1, 1000, 7)]
    schedule = InverseSquareRoot((width * warmup) ** -0.5, warmup)
    np.testing.assert_allclose(rates_of(schedule, range(0, 999, 7)), expected, rtol=1e-6)


def test_the_highest_rate_comes_at_the_end_of_the_warm_up():
    rates = rates_of(InverseSquareRoot(0.5, 10), range(40))
    assert np.argmax(rates) == 9
    assert rates[9] == pytest.approx(0.5)


def test_it_works_in_a_compiled_step_and_is_stored():
    schedule = InverseSquareRoot(0.1, warmup_steps=3, name="mine")
    check_steps(schedule)
    check_stored(schedule)


@pytest.mark.parametrize(
    "arguments, name", [((0.0,), "learning_rate"), ((float("nan"),), "learning_rate"), ((0.1, 0), "warmup_steps")]
)
def test_bad_arguments_are_named(arguments, name):
    with pytest.raises(ValueError, match=f"Invalid `{name}`"):
        InverseSquareRoot(*arguments)


def test_it_gives_float32_however_low_the_default_precision():
    before = keras.config.floatx()
    keras.config.set_floatx("bfloat16")
    try:
        assert float(InverseSquareRoot(1.0)(9_999)) == pytest.approx(0.01)  # bfloat16 cannot count beyond 256
    finally:
        keras.config.set_floatx(before)
