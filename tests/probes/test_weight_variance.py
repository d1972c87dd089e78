"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.weight_variance import weight_variance

pytestmark = pytest.mark.backend


def test_divides_by_the_number():
    step = VariableStep(None, ops.array([1.0, 3.0]), None)
    assert float(weight_variance.measure(step)) == pytest.approx(1.0)


def test_half_precision_does_not_overflow():
    step = VariableStep(None, ops.array([-300.0, 300.0], "float16"), None)
    assert float(weight_variance.measure(step)) == pytest.approx(90_000)
