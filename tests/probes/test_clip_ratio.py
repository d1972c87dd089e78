"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.clip_ratio import clip_ratio

pytestmark = pytest.mark.backend


@pytest.mark.parametrize(
    "gradient, clipped, ratio",
    [([3.0, 4.0], [1.5, 2.0], 0.5), ([3.0, 4.0], [3.0, 4.0], 1.0), ([0.0, 0.0], [0.0, 0.0], 1.0)],
)
def test_is_what_clipping_leaves(gradient, clipped, ratio):
    step = VariableStep(ops.array(gradient), None, None, ops.array(clipped))
    assert float(clip_ratio.measure(step)) == pytest.approx(ratio)


def test_without_clipping_there_is_nothing_to_measure():
    assert clip_ratio.measure(VariableStep(ops.array([1.0]), None, None)) is None
