"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import numpy as np
import pytest
from keras import ops

from keras_tips.probes import VariableStep
from keras_tips.probes.quantities.gradient_signal_to_noise import ENTRIES, gradient_signal_to_noise

pytestmark = pytest.mark.backend


def ratio(gradients):
    """Through both halves of the probe, as a monitor does it."""
    measured = [gradient_signal_to_noise.measure(VariableStep(ops.array(each, "float32"), None, None)) for each in gradients]
    return gradient_signal_to_noise.fold(np.stack([ops.convert_to_numpy(each) for each in measured]))


def test_small_variables_are_followed_whole():
    gradients = np.random.default_rng(0).normal(1.0, 2.0, size=(10, 3, 4))
    variance = gradients.var(axis=0, ddof=1).sum()
    signal = (gradients.mean(axis=0) ** 2).sum() - variance / 10
    assert ratio(gradients) == pytest.approx(np.sqrt(signal / variance), rel=1e-5)


@pytest.mark.parametrize("true", [0.3, 1.0, 5.0])
def test_256_entries_tell_the_ratio_of_a_large_variable(true):
    rng = np.random.default_rng(1)
    direction = rng.normal(size=(100, 80))
    gradients = [true * direction + rng.normal(size=(100, 80)) for _ in range(16)]
    assert gradient_signal_to_noise.measure(VariableStep(ops.array(gradients[0]), None, None)).shape == (ENTRIES,)
    assert ratio(gradients) == pytest.approx(true, rel=0.25)


def test_pure_noise_has_no_signal():
    found = [ratio(np.random.default_rng(seed).normal(size=(16, 200))) for seed in range(20)]
    assert np.median(found) < 0.1  # the naive ratio, norm of the mean over that of the deviation, gives 0.25


def test_one_step_says_nothing_and_equal_gradients_everything():
    assert ratio(np.ones((1, 5))) is None
    assert ratio(np.ones((3, 5))) == np.inf


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_what_is_not_finite_gives_nan_and_no_warning(bad):
    assert np.isnan(gradient_signal_to_noise.fold(np.array([[1.0, bad], [2.0, 3.0]])))
