"""Trains with a learning rate that grows from step to step, and writes down what the loss does."""

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

__all__ = ["RangeTest"]

# Once the loss has gained this many times what was there to lose since the start, what follows is known to be worse.
LOST = 3.0  # times the largest fall so far
NOISE = 30.0  # times the scatter at the start: the same where the loss has not fallen
LOOK_BACK = 5  # steps whose median is compared, so that a single bad batch ends nothing
START = 10  # steps whose median is the level at the start


class RangeTest(keras.callbacks.Callback):
    """Sets the learning rate before each step, notes the loss of each step, and ends `fit` when the test is done.

    Args:
        rates: the learning rate of each step of the optimizer.
        accumulated: batches per step of the optimizer.

    Attributes:
        losses: mean loss of the batches of each step, with the weights as they were before it.
        done: whether the test came to its end: all rates were tried, or the loss diverged.
    """

    def __init__(self, rates: np.ndarray, accumulated: int) -> None:
        super().__init__()
        self.rates = rates
        self.accumulated = accumulated
        self.losses: list[float] = []
        self.done = False
        self._parts: list[float] = []
        self._least = math.inf  # lowest level so far

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        model = self.model  # on JAX, this brings variables up to date, which are then read again for the step
        model.reset_metrics()  # so that the loss which comes is this batch's
        model.optimizer.learning_rate = float(self.rates[len(self.losses)])

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        if "loss" not in (logs or {}):
            raise ValueError("The model's `train_step` returns no 'loss', so nothing can be measured. Have it return one.")
        loss = float(logs["loss"])  # type: ignore[index]
        self._parts.append(loss)
        if len(self._parts) == self.accumulated or not math.isfinite(loss):
            self.losses.append(float(np.mean(self._parts)))
            self._parts = []
            self.done = not math.isfinite(loss) or len(self.losses) == len(self.rates) or self._lost()
        if self.done:
            self._model.stop_training = True

    def _lost(self) -> bool:
        """Whether the loss has risen so far above its start that there is nothing left to learn."""
        losses = np.array(self.losses)
        if len(losses) < START + 2 * LOOK_BACK:
            return False
        start = float(np.median(losses[:START]))
        spread = float(np.median(np.abs(losses[:START] - start)))
        self._least = min(self._least, float(np.median(losses[-2 * LOOK_BACK : -LOOK_BACK])))
        return bool(np.median(losses[-LOOK_BACK:]) > start + max(LOST * (start - self._least), NOISE * spread))
