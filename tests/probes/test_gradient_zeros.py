"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.gradient_zeros import gradient_zeros

pytestmark = pytest.mark.backend


def test_is_the_share_of_exact_zeros():
    step = VariableStep(ops.array([[0.0, -0.0], [1e-30, 2.0]]), None, None)
    assert float(gradient_zeros.measure(step)) == pytest.approx(0.5)
