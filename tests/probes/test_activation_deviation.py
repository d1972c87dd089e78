"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.activation_deviation import activation_deviation

pytestmark = pytest.mark.backend


def test_divides_by_the_number():
    assert float(activation_deviation.measure(LayerStep(ops.array([[1.0, 3.0]])))) == pytest.approx(1.0)
