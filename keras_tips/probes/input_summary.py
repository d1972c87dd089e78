"""One input of the training data, in a few numbers."""

import numpy as np

from keras_tips.probes.moments import Moments
from keras_tips.records.facts import InputFact

__all__ = ["InputSummary"]

FEATURES = 4096  # features that get a mean and a deviation of their own; of more, so many at even distances


class InputSummary:
    """Collects an `InputFact` from rows that arrive in parts.

    Args:
        name: of the input.
        embedded: whether it goes into an embedding, where whole numbers are names and not amounts.

    Example:

    >>> import numpy as np
    >>> summary = InputSummary("pixels")
    >>> summary.add(np.array([[0.0, 2.0], [4.0, 2.0]]))
    >>> summary.add(np.array([[8.0, 2.0]]))
    >>> summary.fact()["feature_mean"], summary.fact()["maximum"]
    ([4.0, 2.0], 8.0)
    """

    def __init__(self, name: str, embedded: bool = False) -> None:
        self._name, self._embedded = name, embedded
        self._moments = Moments()
        self._rows = 0
        self._shape: tuple[int, ...] = ()
        self._integer = True

    def add(self, rows: np.ndarray) -> None:
        """Adds rows of shape (rows, ..., features), or (rows,) for one feature. Later parts have as many features."""
        rows = np.asarray(rows)
        self._rows += len(rows)
        self._shape = rows.shape[1:]
        if not rows.size:
            return
        features = rows.shape[-1] if rows.ndim > 1 else 1
        table = rows.reshape(-1, features).astype("float64", copy=False)
        self._integer = self._integer and _whole(rows)
        self._moments.add(table)

    def fact(self) -> InputFact:
        """Returns what was seen so far."""
        moments = self._moments
        mean, deviation = moments.pooled
        seen = bool(moments.count.sum())
        features = len(moments.mean)
        kept = np.linspace(0, features - 1, min(features, FEATURES)).round().astype(int)
        return InputFact(
            name=self._name,
            rows=self._rows,
            shape=[int(size) for size in self._shape],
            integer=self._integer and seen,
            embedded=self._embedded,
            non_finite=moments.non_finite,
            minimum=moments.minimum if seen else 0.0,
            maximum=moments.maximum if seen else 0.0,
            mean=mean,
            deviation=deviation,
            feature_mean=moments.mean[kept].tolist(),
            feature_deviation=moments.deviation[kept].tolist(),
        )


def _whole(rows: np.ndarray) -> bool:
    if np.issubdtype(rows.dtype, np.integer) or rows.dtype == bool:
        return True
    finite = rows[np.isfinite(rows)]
    return bool((finite == np.round(finite)).all())
