"""What a learning-rate range test found."""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_tips._base.arguments import invalid

__all__ = ["LearningRateTest"]


@dataclass(frozen=True, eq=False)
class LearningRateTest:
    """The losses of a range test, and the learning rate that follows from them.

    Attributes:
        learning_rates: the rates that were tried, growing, of shape (steps,). Fewer than asked for if it ended early.
        losses: the loss after the step with each rate, of shape (steps,). The last may be NaN or infinite.
        smoothed: the losses without their noise, of shape (steps,). Those far above the start are cut off before.
        recommended: a learning rate, or None where the test does not show one.
        reason: one sentence, with the numbers that it rests on.
        diverged_at: the rate from which on the loss lost half of what it had fallen, or was not finite; None where it never
            did.

    Raises:
        ValueError: the arrays are not of one length.

    Example:

    >>> test = LearningRateTest(np.array([0.1, 1.0]), np.array([2.0, 1.5]), np.array([2.0, 1.5]), None, "Too few steps.", None)
    >>> print(test)
    No learning rate can be recommended. Too few steps.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    recommended: float | None
    reason: str
    diverged_at: float | None

    def __post_init__(self) -> None:
        for name in ("learning_rates", "losses", "smoothed"):
            array = np.array(getattr(self, name), "float64")
            if array.shape != np.shape(self.learning_rates) or array.ndim != 1:
                raise invalid(name, f"as many numbers as learning rates, {np.size(self.learning_rates)}", array.shape)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __str__(self) -> str:
        """The recommendation and its reason."""
        found = "No learning rate can be recommended." if self.recommended is None else f"Learning rate {self.recommended:.2g}."
        return f"{found} {self.reason}"

    def __repr__(self) -> str:
        """A line, where the arrays would fill pages."""
        return f"LearningRateTest(recommended={self.recommended}, steps={len(self.losses)}, diverged_at={self.diverged_at})"

    def to_json(self) -> str:
        """Returns everything as JSON; numbers that are not finite become null."""
        arrays = {name: _plain(getattr(self, name)) for name in ("learning_rates", "losses", "smoothed")}
        found = {"recommended": self.recommended, "reason": self.reason, "diverged_at": self.diverged_at}
        return json.dumps(arrays | found, allow_nan=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Draws loss against learning rate into a file, and returns its path.

        Args:
            path: ends in `.png`, `.svg` or `.pdf`. Folders that are not there are made.

        Raises:
            ValueError: the path ends in something else.
        """
        from keras_tips.records.draw_learning_rates import draw_learning_rates

        return draw_learning_rates(self, path)


def _plain(values: np.ndarray) -> list[Any]:
    return [value if math.isfinite(value) else None for value in values.tolist()]
