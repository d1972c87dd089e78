"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import numpy as np
import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.gradient_max import gradient_max

pytestmark = pytest.mark.backend


def test_reads_the_largest_absolute_entry():
    step = VariableStep(ops.array([1.0, -3.0, 2.0]), None, None)
    assert float(gradient_max.measure(step)) == pytest.approx(3.0)


def test_nan_is_not_hidden():
    step = VariableStep(ops.array([1.0, float("nan"), 2.0]), None, None)
    assert np.isnan(float(gradient_max.measure(step)))
