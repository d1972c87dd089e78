"""What is said of several steps together."""

import numpy as np

from keras_tips.callbacks.windows import Windows
from keras_tips.probes import catalogue


def test_a_plain_number_is_handed_on():
    assert Windows().number("gradient_norm", "kernel", np.array([2.5], "float32")) == 2.5


def test_steps_are_taken_together_up_to_the_window():
    windows, window = Windows(), catalogue()["silent_units"].window
    assert windows.number("silent_units", "layer", np.array([0.0, 1.0])) == 0.5
    rest = [windows.number("silent_units", "layer", np.array([1.0, 1.0])) for _ in range(window)]
    assert rest == [0.5] * (window - 1) + [1.0]  # the first step has left the window by then


def test_places_are_kept_apart():
    windows = Windows()
    windows.number("silent_units", "one", np.array([0.0]))
    assert windows.number("silent_units", "other", np.array([1.0])) == 1.0


def test_a_new_width_begins_anew():
    windows = Windows()
    windows.number("silent_units", "layer", np.array([0.0]))
    assert windows.number("silent_units", "layer", np.array([1.0, 1.0])) == 1.0
