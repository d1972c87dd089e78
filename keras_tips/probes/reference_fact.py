"""What simple predictors make of the data, beside which a network's result means something."""

import math

import numpy as np

from keras_tips.probes.answers import Answers
from keras_tips.probes.readout import FEWEST, Readout, code_score, columns_of, halves
from keras_tips.records.facts import ReferenceFact

__all__ = ["reference_fact"]

ROWS = 512  # rows at most, half of them fitted: a few hundredths of a second
NEIGHBOURS = 5
# Validation rows are asked what they tell of each other only where training rows may tell nothing: it takes as long again.
SILENT, ERRORS = 0.1, 4.0  # score above that of a constant, and the same in standard errors, whichever is more


def reference_fact(
    name: str, x: np.ndarray, right: Answers, validation: tuple[np.ndarray, Answers] | None = None
) -> ReferenceFact | None:
    """Returns the fact of one output, or None where simple predictors cannot be fitted.

    Args:
        name: of the output.
        x: training inputs of shape (rows, features).
        right: answers of these rows.
        validation: inputs and answers of validation rows.

    Example:

    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> fact = reference_fact("y", x, Answers("classes", (x[:, 0] > 0).astype(int)))
    >>> fact["kind"], fact["linear_held_out"] > 0.9, fact["constant"] < 0.7
    ('classes', True, True)
    """
    x, right = _some(x, right)
    if not right.plain or right.kind == "labels" or len(x) < FEWEST or not np.isfinite(x).all() or not _varied(right):
        return None
    fitted, held_out = halves(len(x))
    simple = _Simple(x[fitted], right.rows(fitted))
    near, far = simple.scores(x[held_out], right.rows(held_out)), None
    linear = simple.scores(x[fitted], right.rows(fitted))[1]
    if linear is None or None in near:
        return None
    if validation is not None and validation[1].kind == right.kind and validation[1].plain:
        far = _some(*validation)
    deviation = simple.standard_error(right.rows(held_out))
    silent = max(near[1] or 0.0, near[2] or 0.0) < (near[0] or 0.0) + max(SILENT, ERRORS * deviation)
    constant, linear_far, neighbours_far = simple.scores(*far) if far and np.isfinite(far[0]).all() else (None, None, None)
    return ReferenceFact(
        name=name,
        kind=right.kind,
        rows=len(fitted),
        constant=float(near[0] or 0.0),
        deviation=deviation,
        linear=linear,
        linear_held_out=float(near[1] or 0.0),
        neighbours_held_out=float(near[2] or 0.0),
        validation_rows=len(far[0]) if far else 0,
        constant_validation=constant,
        linear_validation=linear_far,
        neighbours_validation=neighbours_far,
        within_validation=_within(*far) if far and silent else None,
    )


def _within(x: np.ndarray, right: Answers) -> float | None:
    """What rows tell of others of the same kind, whatever those of training are like."""
    if len(x) < FEWEST or not np.isfinite(x).all() or not _varied(right):
        return None
    fitted, held_out = halves(len(x))
    _, linear, near = _Simple(x[fitted], right.rows(fitted)).scores(x[held_out], right.rows(held_out))
    return None if linear is None or near is None else max(linear, near)


def _some(x: np.ndarray, right: Answers) -> tuple[np.ndarray, Answers]:
    """At most so many rows, at even distances."""
    if len(x) <= ROWS:
        return x, right
    rows = np.linspace(0, len(x) - 1, ROWS).round().astype(int)
    return x[rows], right.rows(rows)


def _varied(right: Answers) -> bool:
    """Whether there is anything to predict."""
    return len(np.unique(right.values)) > 1


class _Simple:
    """The best constant, a linear readout and the nearest neighbours, fitted to some rows."""

    def __init__(self, x: np.ndarray, right: Answers) -> None:
        self._kind, self._classes = right.kind, np.unique(right.values)
        self._codes = right.coded(self._classes)
        self._readout = Readout(x, self._codes)
        scale = columns_of(x).std(0)
        self._scale = np.where(scale > 0, scale, 1.0)  # so that distances mean something
        from sklearn.neighbors import NearestNeighbors  # 13 MB, which a `fit` that nobody asks about does not need

        self._near = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(x))).fit(columns_of(x) / self._scale)

    def scores(self, x: np.ndarray, right: Answers) -> tuple[float | None, float | None, float | None]:
        """Of the constant, the readout and the neighbours; None where R² is not defined."""
        codes = right.coded(self._classes)
        if self._kind == "classes":  # a class that was not among the fitted rows is never said
            codes = np.column_stack([codes, 1 - codes.sum(1)])
        if codes.shape[1] < self._codes.shape[1]:
            return None, None, None
        neighbours = self._near.kneighbors(columns_of(x) / self._scale, return_distance=False)
        constant = np.broadcast_to(self._codes.mean(0), (len(x), self._codes.shape[1]))
        said = (constant, self._readout(x), self._codes[neighbours].mean(1))
        found = [code_score(self._beside(each, codes), codes, self._kind) for each in said]
        return found[0], found[1], found[2]

    @staticmethod
    def _beside(said: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """With a column that never wins for the classes that nobody knew."""
        missing = codes.shape[1] - said.shape[1]
        return np.column_stack([said, np.full((len(said), missing), -np.inf)]) if missing else said

    def standard_error(self, right: Answers) -> float:
        """Of a score at the level of the constant: of a share for classes, of a relative squared error for numbers."""
        count = len(right.values)
        if self._kind == "classes":
            share = float(np.clip(self._codes.mean(0).max(), 1 / count, 1 - 1 / count))
            return math.sqrt(share * (1 - share) / count)
        squares = ((right.codes - self._codes.mean(0)) ** 2).mean(1)
        level = float(squares.mean())
        return float(squares.std() / math.sqrt(count) / level) if level > 0 else 0.0
