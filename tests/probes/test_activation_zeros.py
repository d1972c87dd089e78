"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.activation_zeros import activation_zeros

pytestmark = pytest.mark.backend


def test_counts_exact_zeros():
    assert float(activation_zeros.measure(LayerStep(ops.array([[0.0, 1.0], [-0.0, 1e-30]])))) == pytest.approx(0.5)
