"""One target of the training data, in a few numbers."""

import math
from collections import Counter
from typing import Any

import numpy as np
from scipy.special import entr

from keras_tips.probes.moments import Moments
from keras_tips.records.facts import TargetFact

__all__ = ["TargetSummary"]

COUNTED = 1000  # classes whose counts are told
CLASSES = 65_536  # different whole numbers that may still be classes; beyond, they are amounts
MEDIANS = 1_000_000  # numbers of which medians are taken: they cost more than means
SUM_TOLERANCE = 1e-3  # of a row that is a distribution; half precision rounds to about that


class TargetSummary:
    """Collects a `TargetFact` from rows that arrive in parts.

    Whether rows are one-hot or distributions is judged along the last axis, so for every pixel of a segmentation mask.

    Args:
        name: of the output that the target is for.

    Example:

    >>> import numpy as np
    >>> summary = TargetSummary("digit")
    >>> summary.add(np.eye(3)[[0, 2, 2, 1]])
    >>> summary.fact()["one_hot"], summary.fact()["classes"]
    (True, 3)
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._moments = Moments()
        self._rows, self._width = 0, 1
        self._integer = self._zero_one = self._one_hot = self._sums = True
        self._seen: Counter[int] = Counter()  # class numbers, or places of the ones in one-hot rows
        self._neighbours = self._repeats = 0  # rows that follow another one; those of the same class
        self._last: Any = None  # class of the last row
        self._countable = True
        self._tables: list[np.ndarray] = []

    def add(self, rows: np.ndarray) -> None:
        """Adds rows of shape (rows,) or (rows, ..., width)."""
        rows = np.asarray(rows)
        self._rows += len(rows)
        self._width = math.prod(rows.shape[1:])
        if not rows.size:
            return
        table = rows.reshape(-1, rows.shape[-1] if rows.ndim > 1 else 1).astype("float64", copy=False)
        self._moments.add(table)
        self._tables.append(table)
        finite = np.isfinite(table)
        self._integer = self._integer and bool((table[finite] == np.round(table[finite])).all())
        self._zero_one = self._zero_one and bool(np.isin(table[finite], (0.0, 1.0)).all())
        self._judge_rows(table)
        self._count_classes(table, finite)

    def _judge_rows(self, table: np.ndarray) -> None:
        several = table.shape[1] > 1
        with np.errstate(over="ignore", invalid="ignore"):
            distribution = bool((table >= 0).all() and (np.abs(table.sum(1) - 1) <= SUM_TOLERANCE).all())
        self._sums = self._sums and several and distribution
        self._one_hot = self._one_hot and self._sums and self._zero_one

    def _count_classes(self, table: np.ndarray, finite: np.ndarray) -> None:
        if not self._countable:
            return
        if self._one_hot:
            classes = table.argmax(1)
        elif self._integer and table.shape[1] == 1:
            classes = table[finite]
        else:
            self._countable = False
            return
        values, counts = np.unique(classes, return_counts=True)
        self._seen.update(dict(zip(map(int, values), counts.tolist(), strict=True)))
        row = classes if self._last is None else np.append(self._last, classes)
        self._neighbours += max(0, len(row) - 1)
        self._repeats += int((row[1:] == row[:-1]).sum())
        self._last = row[-1] if len(row) else None
        self._countable = len(self._seen) <= CLASSES

    def fact(self) -> TargetFact:
        """Returns what was seen so far."""
        moments = self._moments
        mean, deviation = moments.pooled
        seen = bool(moments.count.sum())
        counted = self._countable and seen
        return TargetFact(
            name=self._name,
            rows=self._rows,
            width=self._width,
            integer=self._integer and seen,
            non_finite=moments.non_finite,
            minimum=moments.minimum if seen else 0.0,
            maximum=moments.maximum if seen else 0.0,
            mean=mean,
            deviation=deviation,
            one_hot=self._one_hot and seen,
            zero_one=self._zero_one and seen,
            rows_sum_to_one=self._sums and seen,
            classes=len(self._seen) if counted else None,
            class_counts={str(name): count for name, count in self._seen.most_common(COUNTED)} if counted else {},
            repeats=self._repeats / self._neighbours if counted and self._neighbours else None,
            constant_losses=self._constant_losses(),
        )

    def _constant_losses(self) -> dict[str, float]:
        """Of losses that look at each unit by itself, and of cross-entropies that look at each position by itself."""
        alike = [table for table in self._tables if table.shape[1] == self._tables[-1].shape[1]]
        step = 1 + sum(table.size for table in alike) // MEDIANS
        table = np.concatenate([table[::step] for table in alike]) if alike else np.empty((0, 1))
        if not table.size or not np.isfinite(table).all():
            return {}
        with np.errstate(over="ignore", invalid="ignore"):
            losses = {
                "mean_squared_error": float(table.var(0).mean()),
                "mean_absolute_error": float(np.abs(table - np.median(table, axis=0)).mean()),
            }
        if self._zero_one:
            share = table.mean(0)
            losses["binary_crossentropy"] = float(np.mean(entr(share) + entr(1 - share)))
        if not self._countable:  # else the rows of each class are told
            losses |= self._of_positions(table)
        return {name: loss for name, loss in losses.items() if math.isfinite(loss)}

    def _of_positions(self, table: np.ndarray) -> dict[str, float]:
        """Of classes of every pixel or word: the constant is the same at all positions."""
        losses = {}
        if self._sums:
            losses["categorical_crossentropy"] = float(entr(table.mean(0)).sum())
        elif self._integer and table.min() >= 0:
            counts = np.unique(table, return_counts=True)[1]
            if len(counts) <= COUNTED:
                losses["sparse_categorical_crossentropy"] = float(entr(counts / counts.sum()).sum())
        return losses
