"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.activation_mean import activation_mean

pytestmark = pytest.mark.backend


def test_is_over_all_outputs():
    assert float(activation_mean.measure(LayerStep(ops.array([[1.0, 3.0], [5.0, 7.0]])))) == pytest.approx(4.0)
