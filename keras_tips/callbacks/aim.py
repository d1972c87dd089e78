"""What one metric is watched for."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_tips.callbacks.progress import Progress

__all__ = ["Aim"]


@dataclass(frozen=True)
class Aim:
    """Which values of one metric are improvements, and which end the training.

    With `relative`, a value improves on a reference r only if it is better by more than `min_delta * |r|`, else by more than
    `min_delta`. A value that is not finite improves on nothing.

    Args:
        monitor: the metric's name in the logs.
        better: `keras.ops.less` or `keras.ops.greater`. Numbers are compared by it, in the backend's float type, because
            Keras's callback does so.
        patience: checks without improvement after which the metric stagnates.
        min_delta: the change that counts.
        relative: what `min_delta` is multiplied by.
        baseline: value up to which an improvement does not calm the impatient.
        stopping_threshold: a value that is good enough.
        divergence_threshold: beyond it, the training is lost.

    >>> Aim("loss", keras.ops.less, min_delta=0.1, relative=True).improves(4.7, 5.0)
    False
    """

    monitor: str
    better: Callable[[Any, Any], Any]
    patience: int = 0
    min_delta: float = 0.0
    relative: bool = False
    baseline: float | None = None
    stopping_threshold: float | None = None
    divergence_threshold: float | None = None

    @property
    def lower_is_better(self) -> bool:
        """Whether the metric is to fall."""
        return self.better is keras.ops.less

    def improves(self, value: float, reference: float | None) -> bool:
        """Whether `value` is better enough than `reference`; anything finite is better than None."""
        if not math.isfinite(value):
            return False
        if reference is None:
            return True
        delta = self.min_delta * abs(reference) if self.relative else self.min_delta
        return bool(self.better(value + delta if self.lower_is_better else value - delta, reference))

    def after(self, progress: Progress, value: float, epoch: int, step: int | None = None) -> Progress:
        """Returns the progress once `value` was seen. An improvement short of the baseline is one, but the wait goes on."""
        wait = progress.wait + 1
        if not self.improves(value, progress.best):
            return Progress(progress.best, progress.epoch, progress.step, wait, wait >= self.patience)
        calmed = self.baseline is None or self.improves(value, self.baseline)
        return Progress(value, epoch, step, 0 if calmed else wait)

    def reached(self, value: float) -> bool:
        """Whether `value` is as good as `stopping_threshold`, or better."""
        limit = self.stopping_threshold
        return limit is not None and (value <= limit if self.lower_is_better else value >= limit)

    def diverged(self, value: float) -> bool:
        """Whether `value` is worse than `divergence_threshold`."""
        limit = self.divergence_threshold
        return limit is not None and (value > limit if self.lower_is_better else value < limit)
