"""What a network has to learn, read off the targets."""

from dataclasses import dataclass

import numpy as np

from keras_tips._base.arguments import invalid

__all__ = ["Task"]


@dataclass(frozen=True)
class Task:
    """How a network for these targets ends.

    Attributes:
        outputs: units of the last layer.
        activation: of the last layer.
        loss: Keras's name of the loss.
        metric: Keras's name of the metric.
    """

    outputs: int
    activation: str
    loss: str
    metric: str

    @classmethod
    def of(cls, y: np.ndarray) -> "Task":
        """Returns the task of targets: whole numbers are classes, rows with a single 1 are one-hot classes, else regression.

        Args:
            y: of shape `(rows,)`, `(rows, 1)` or `(rows, outputs)`.

        Raises:
            ValueError: they are no numbers, or negative class indices.
        """
        if y.dtype.kind not in "iubf" or y.ndim not in (1, 2):
            cure = "Turn class names into numbers from 0 on."
            raise invalid("y", "numbers of shape (rows,) or (rows, outputs)", f"{y.dtype} of shape {y.shape}", cure)
        width = 1 if y.ndim == 1 else y.shape[1]
        if width > 1 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
            return cls(width, "softmax", "categorical_crossentropy", "accuracy")
        if y.dtype.kind == "f" or width > 1:
            return cls(width, "linear", "mean_squared_error", "mean_absolute_error")
        if y.min() < 0:
            raise invalid("y", "class indices from 0 on", f"a least value of {y.min()}", "For regression give floats.")
        return cls(max(2, int(y.max()) + 1), "softmax", "sparse_categorical_crossentropy", "accuracy")

    @property
    def logged(self) -> tuple[str, ...]:
        """What `fit` logs for it: the names an objective may have."""
        return ("loss", self.metric, "val_loss", f"val_{self.metric}")
