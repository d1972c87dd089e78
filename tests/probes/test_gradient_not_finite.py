"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.gradient_not_finite import gradient_not_finite

pytestmark = pytest.mark.backend


def test_counts_nan_and_both_infinities():
    step = VariableStep(ops.array([float("nan"), float("inf"), -float("inf"), 1.0]), None, None)
    assert float(gradient_not_finite.measure(step)) == pytest.approx(0.75)
