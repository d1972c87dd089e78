"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.weight_norm import weight_norm

pytestmark = pytest.mark.backend


def test_reads_the_variable_before_the_step():
    step = VariableStep(gradient=None, before=ops.array([[3.0], [4.0]]), after=None)
    assert float(weight_norm.measure(step)) == pytest.approx(5.0)
    assert weight_norm.needs == ("before",)
