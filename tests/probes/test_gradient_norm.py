"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.gradient_norm import gradient_norm

pytestmark = pytest.mark.backend


def test_reads_the_gradient_alone():
    step = VariableStep(gradient=ops.array([3.0, 4.0]), before=None, after=None)
    assert float(gradient_norm.measure(step)) == pytest.approx(5.0)
    assert gradient_norm.needs == ("gradient",)
