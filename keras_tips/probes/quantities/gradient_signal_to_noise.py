"""Whether the gradients of successive batches agree."""

import math
from typing import Any

import numpy as np
from keras import ops

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["gradient_signal_to_noise"]

ENTRIES = 256  # of a variable that are followed; the ratio of larger ones is estimated from so many, drawn once
WINDOW = 16  # recorded steps


def _signal_to_noise(gradients: np.ndarray) -> float | None:
    """From the entries followed, shape (steps, entries), to the ratio; unbiased in both of its parts."""
    steps = len(gradients)
    if steps < 2:
        return None
    gradients = gradients.astype("float64")
    with np.errstate(divide="ignore", invalid="ignore"):  # gradients that are not finite give NaN
        noise = gradients.var(0, ddof=1)
        signal = gradients.mean(0) ** 2 - noise / steps  # the mean of n steps still has an n-th of their variance
        return math.sqrt(max(0.0, signal.sum())) / math.sqrt(noise.sum()) if noise.sum() else math.inf


@probe(unit="none", needs=("gradient",), cost="256 entries of the gradient", fold=_signal_to_noise, window=WINDOW)
def gradient_signal_to_noise(step: VariableStep) -> Any:
    """Norm of the mean gradient over the last 16 recorded steps, divided by the norm of their standard deviation.

    ``sqrt(sum(mean**2) / sum(variance))``, without the part of the mean that is chance. Above 1, batches agree on where to
    go; far below, steps are mostly noise, and a larger batch or a smaller learning rate lets them average out. 0 where the mean
    is no larger than chance makes it. No gradient is kept: 256 entries of each variable are followed, drawn once with a fixed
    seed, all of a smaller one. The square of its inverse is the number of batches to average for a ratio of 1 (Sam McCandlish
    and others, "An Empirical Model of Large-Batch Training", 2018, call it the simple noise scale, there in examples).
    """
    entries = math.prod(step.gradient.shape)
    flat = ops.reshape(step.gradient, (-1,))
    if entries <= ENTRIES:
        return flat
    places = np.sort(np.random.default_rng(entries).choice(entries, ENTRIES, replace=False))
    return ops.take(flat, places.astype("int32" if entries < 2**31 else "int64"))
