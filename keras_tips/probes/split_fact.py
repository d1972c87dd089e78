"""How training and validation rows lie to each other."""

from collections.abc import Sequence

import numpy as np

from keras_tips.records.facts import SplitFact

__all__ = ["split_fact"]

LOOK = 64  # entries of a row that are compared first; whole rows only where these agree


def split_fact(training: Sequence[np.ndarray], validation: Sequence[np.ndarray]) -> SplitFact:
    """Returns the fact "split".

    Args:
        training: inputs, one array of shape (rows, ...) per input.
        validation: likewise; where it has other inputs, or inputs of another shape, no row is shared.

    Example:

    >>> split_fact([np.array([[1.0, 2.0], [3.0, 4.0]])], [np.array([[3.0, 4.0], [1.0, 4.0]])])["shared_rows"]
    1
    """
    alike = [each.shape[1:] for each in training] == [each.shape[1:] for each in validation]
    kinds = [np.result_type(one, other) for one, other in zip(training, validation, strict=False)]
    shared = _shared(_table(training, kinds), _table(validation, kinds)) if alike else 0
    rows, distinct = len(training[0]), _distinct(training)
    return SplitFact(training_rows=rows, validation_rows=len(validation[0]), shared_rows=shared, distinct_rows=distinct)


def _distinct(inputs: Sequence[np.ndarray]) -> int:
    """How many different rows there are, by the entries that are compared first; by all of them only where these repeat."""
    table = _table(inputs, [rows.dtype for rows in inputs])
    few = len(set(map(bytes, np.ascontiguousarray(table[:, _places(table)]))))
    return few if 2 * few > len(table) else len(set(map(bytes, np.ascontiguousarray(table))))


def _places(table: np.ndarray) -> np.ndarray:
    return np.unique(np.linspace(0, table.shape[1] - 1, LOOK).round().astype(int))


def _table(inputs: Sequence[np.ndarray], kinds: Sequence[np.dtype]) -> np.ndarray:
    """All inputs side by side, one row per example."""
    tables = [rows.reshape(len(rows), -1).astype(kind, copy=False) for rows, kind in zip(inputs, kinds, strict=True)]
    return tables[0] if len(tables) == 1 else np.concatenate(tables, axis=1)


def _shared(known: np.ndarray, asked: np.ndarray) -> int:
    """How many rows of `asked` are rows of `known`."""
    places = _places(known)
    known_parts, asked_parts = (list(map(bytes, np.ascontiguousarray(rows[:, places]))) for rows in (known, asked))
    candidates = set(known_parts) & set(asked_parts)
    whole = {row.tobytes() for row, part in zip(known, known_parts, strict=True) if part in candidates}
    return sum(part in candidates and row.tobytes() in whole for row, part in zip(asked, asked_parts, strict=True))
