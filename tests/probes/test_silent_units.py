"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.silent_units import silent_units

pytestmark = pytest.mark.backend


def test_a_unit_is_silent_that_is_zero_for_every_example():
    assert float(silent_units.measure(LayerStep(ops.array([[0.0, 0.0, 1.0], [0.0, 2.0, 1.0]])))) == pytest.approx(1 / 3)


@pytest.mark.parametrize("axis, share", [(1, 0.5), (-1, 0.0)])
def test_a_channel_is_a_unit(axis, share):
    outputs = ops.array([[[0.0, 0.0], [1.0, 2.0]]])  # (1, 2, 2): the first channel is silent where channels stand first
    assert float(silent_units.measure(LayerStep(outputs, axis))) == pytest.approx(share)
