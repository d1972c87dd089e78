"""Keeps what KerasTuner forgets of a trial: its learning curve, and in memory the weights of its best epoch."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tips._base.files import write_whole

__all__ = ["TrialRecorder"]


class TrialRecorder(keras.callbacks.Callback):
    """Writes the metrics of each epoch to a file, and remembers the best epoch.

    Args:
        file: a JSON file, written anew after every epoch.
        objective: name of the metric that decides which epoch is best.
        goal: `"max"` or `"min"`.

    Attributes:
        best: the best finite value of the objective so far, or None.
        epochs: metrics by epoch.
    """

    def __init__(self, file: Path, objective: str, goal: str) -> None:
        super().__init__()
        self.file = file
        self.objective = objective
        self.goal = goal
        self.best: float | None = None
        self.epochs: list[dict[str, float]] = []
        self._weights: list[np.ndarray] = []

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Replaces the curve of an earlier attempt."""
        self._write()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Takes the metrics, and the weights where the epoch is the best so far."""
        self.epochs.append({name: float(value) for name, value in (logs or {}).items()})
        self._write()
        value = self.epochs[-1].get(self.objective, math.nan)
        if math.isfinite(value) and (self.best is None or self._better(value, self.best)):
            self.best = value
            self._weights = self.model.get_weights()

    def restore(self) -> None:
        """Puts the weights of the best epoch into the model."""
        if self._weights:
            self.model.set_weights(self._weights)

    def _better(self, value: float, other: float) -> bool:
        return value > other if self.goal == "max" else value < other

    def _write(self) -> None:
        plain = [{name: value if math.isfinite(value) else None for name, value in metrics.items()} for metrics in self.epochs]
        write_whole(self.file, json.dumps({"epochs": plain}))
