"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import numpy as np
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


def test_what_is_not_clipped_keeps_its_size_exactly():
    for seed in range(5):
        gradient, before, after = np.random.default_rng(seed).normal(size=(3, 150, 200)).astype("float32")
        step = VariableStep(ops.array(gradient), ops.array(before), ops.array(after), ops.array(gradient))
        assert float(ops.convert_to_numpy(clip_ratio.measure(step))) == 1.0
