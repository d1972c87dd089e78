"""Rows of the data, as a model takes them."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

__all__ = ["Rows"]


@dataclass(frozen=True)
class Rows:
    """Rows of the data.

    Attributes:
        x: inputs as the model takes them, NumPy arrays.
        y: targets likewise, or None.
    """

    x: Any
    y: Any = None

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(keras.tree.flatten(self.x)[0])

    def some(self, most: int) -> "Rows":
        """At most so many rows, at even distances."""
        if self.count <= most:
            return self
        return self.chosen(np.linspace(0, self.count - 1, most).round().astype(int))

    def chosen(self, chosen: np.ndarray) -> "Rows":
        """The rows of these numbers."""
        return Rows(*keras.tree.map_structure(lambda leaf: None if leaf is None else leaf[chosen], (self.x, self.y)))
