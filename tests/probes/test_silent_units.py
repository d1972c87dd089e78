"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import numpy as np
import pytest
from keras import ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.silent_units import silent_units

pytestmark = pytest.mark.backend


def test_a_unit_is_silent_that_is_zero_for_every_example():
    silent = silent_units.measure(LayerStep(ops.array([[0.0, 0.0, 1.0], [0.0, 2.0, 1.0]])))
    assert ops.convert_to_numpy(silent).tolist() == [True, False, False]


@pytest.mark.parametrize("axis, expected", [(1, [True, False]), (-1, [False, False])])
def test_a_channel_is_a_unit(axis, expected):
    outputs = ops.array([[[0.0, 0.0], [1.0, 2.0]]])  # (1, 2, 2): the first channel is silent where channels stand first
    assert ops.convert_to_numpy(silent_units.measure(LayerStep(outputs, axis))).tolist() == expected


def test_the_share_is_of_units_that_were_silent_at_every_step():
    assert silent_units.fold(np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]])) == 0.25
