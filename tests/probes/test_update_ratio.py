"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import numpy as np
import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.update_ratio import update_ratio

pytestmark = pytest.mark.backend


def ratio(before, after):
    step = VariableStep(gradient=None, before=ops.array(before), after=ops.array(after))
    return float(update_ratio.measure(step))


def test_is_the_change_over_the_size():
    assert ratio([3.0, 4.0], [3.0, 4.5]) == pytest.approx(0.1)


def test_no_change_is_zero():
    assert ratio([3.0, 4.0], [3.0, 4.0]) == 0.0


def test_nothing_to_compare_with_is_nan():
    assert np.isnan(ratio([0.0, 0.0], [1.0, 0.0]))


def test_half_precision_is_compared_in_float32():
    step = VariableStep(None, ops.array([256.0], "float16"), ops.array([256.25], "float16"))
    assert float(update_ratio.measure(step)) == pytest.approx(0.25 / 256, rel=1e-4)
    assert set(update_ratio.needs) == {"before", "after"}
