"""The targets of one output, in the form in which predictions can be compared with them."""

from dataclasses import dataclass

import numpy as np

from keras_tips.records.facts import OutputFact

__all__ = ["Answers", "answers"]

CATEGORICAL = ("categorical_crossentropy", "categorical_focal_crossentropy", "kl_divergence", "categorical_hinge")
BINARY = ("binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge")
MOST_CLASSES = 1000  # different whole numbers; beyond, they are amounts


@dataclass(frozen=True)
class Answers:
    """What a prediction should have said.

    Attributes:
        kind: `"classes"`: `values` are class numbers, of shape (rows,) or (rows, positions, ...); `"labels"`: 0 or 1 for each
            of several labels; `"numbers"`: amounts, both of shape (rows, ...).
        values: as `kind` says.
        threshold: above it a single unit says yes; half way between both answers for probabilities, 0 for logits.
    """

    kind: str
    values: np.ndarray
    threshold: float = 0.5

    @property
    def plain(self) -> bool:
        """Whether there is one class per row, or one row of numbers: what simple predictors can be fitted to."""
        return self.values.ndim == (1 if self.kind == "classes" else 2)

    @property
    def codes(self) -> np.ndarray:
        """One column per class, label or number, for fitting them by least squares."""
        return self.coded(np.unique(self.values))

    def coded(self, classes: np.ndarray) -> np.ndarray:
        """The codes, with the columns of these classes."""
        if self.kind != "classes":
            return self.values.astype("float64").reshape(len(self.values), -1)
        return (self.values[:, None] == classes[None, :]).astype("float64")

    def rows(self, numbers: np.ndarray) -> "Answers":
        """The answers of some of the rows."""
        return Answers(self.kind, self.values[numbers], self.threshold)


def answers(targets: np.ndarray, output: OutputFact) -> Answers | None:
    """Returns the answers that targets state for an output, or None where they are not finite numbers.

    Args:
        targets: of shape (rows,) or (rows, ...).
        output: whose loss and activation say what the targets mean.

    Example:

    >>> output = {"name": "y", "layer": "y", "activation": "softmax", "units": 3, "loss": "categorical_crossentropy"}
    >>> answers(np.eye(3)[[2, 0]], {**output, "from_logits": False, "reduction": "sum_over_batch_size"}).values.tolist()
    [2, 0]
    """
    y = np.asarray(targets)
    if not y.size or y.dtype.kind not in "biuf" or not np.isfinite(y.astype("float64")).all():
        return None
    y = y.astype("float64")
    columns = y.reshape(len(y), -1)
    loss, zero_one = output["loss"] or "", bool(np.isin(y, (0.0, 1.0)).all())
    if loss.startswith("sparse_categorical"):
        return Answers("classes", _whole(y)) if (y == np.round(y)).all() else None
    one_hot = y.ndim > 1 and y.shape[-1] > 1 and zero_one and bool((y.sum(-1) == 1).all())
    if one_hot and (loss in CATEGORICAL or output["activation"] == "softmax" or (y.ndim == 2 and loss not in BINARY)):
        return Answers("classes", y.argmax(-1))
    if loss in CATEGORICAL and y.ndim > 1 and y.shape[-1] > 1 and bool((y >= 0).all()):
        return Answers("classes", y.argmax(-1))
    if zero_one and (loss in BINARY or columns.shape[1] == 1):
        limit = 0.0 if output["from_logits"] else 0.5
        return Answers("classes", columns[:, 0].astype(int), limit) if columns.shape[1] == 1 else Answers("labels", y, limit)
    if columns.shape[1] == 1 and bool(np.isin(y, (-1.0, 1.0)).all()):
        return Answers("classes", (columns[:, 0] > 0).astype(int), 0.0)
    if _class_numbers(columns, output):
        return Answers("classes", columns[:, 0].astype(int))
    return Answers("numbers", y if y.ndim > 1 else columns)


def _whole(y: np.ndarray) -> np.ndarray:
    y = y[..., 0] if y.ndim > 1 and y.shape[-1] == 1 else y
    return y.astype(int)


def _class_numbers(columns: np.ndarray, output: OutputFact) -> bool:
    """Whether these are numbers of the classes that the output has a unit for, under a loss that nobody knows."""
    units = output["units"] or 1
    if columns.shape[1] != 1 or units < 2 or units > MOST_CLASSES:
        return False
    numbers = columns[:, 0]
    return bool((numbers == np.round(numbers)).all() and numbers.min() >= 0 and numbers.max() < units)
