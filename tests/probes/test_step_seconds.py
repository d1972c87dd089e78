"""The probe alone; tests/callbacks/test_measuring.py has it inside `fit`."""

from keras_tips.probes import Interval
from keras_tips.probes.quantities.step_seconds import step_seconds


def test_is_the_mean_over_the_steps():
    assert step_seconds.measure(Interval(seconds=3.0, steps=4)) == 0.75
