"""Whether rows that training shows again have the targets that they had before."""

from collections.abc import Sequence

import numpy as np

from keras_tips.records.facts import RelabelledFact

__all__ = ["relabelled"]

ALIKE = 0.1  # deviations of the targets: what is nearer is noise, or rounding


def relabelled(before: Sequence[Sequence[np.ndarray]], again: Sequence[Sequence[np.ndarray]]) -> RelabelledFact:
    """Returns the fact "relabelled".

    Rows count that are the same bit for bit, but for those that had several targets from the start.

    Args:
        before: inputs and targets of the first epoch, each a list of arrays of shape (rows, ...).
        again: those of later epochs.

    Example:

    >>> rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> relabelled(([rows], [np.array([0, 1])]), ([rows[::-1]], [np.array([0, 0])]))
    {'rows': 2, 'changed': 1, 'ambiguous': 0, 'known': 2, 'asked': 2}
    """
    (known, targets), (asked, others) = (tuple(map(_table, each)) for each in (before, again))
    if known.shape[1:] != asked.shape[1:] or targets.shape[1:] != others.shape[1:]:
        return RelabelledFact(rows=0, changed=0, ambiguous=0, known=len(known), asked=0)
    with np.errstate(all="ignore"):  # amounts that are no finite numbers
        return _compared(known, targets, asked, others)


def _compared(known: np.ndarray, targets: np.ndarray, asked: np.ndarray, others: np.ndarray) -> RelabelledFact:
    near = ALIKE * targets.std(axis=0)
    first: dict[bytes, np.ndarray] = {}
    ambiguous = set()
    for row, target in zip(map(bytes, known), targets, strict=True):
        if (np.abs(first.setdefault(row, target) - target) > near).any():
            ambiguous.add(row)
    own = first.keys() - ambiguous
    pairs = [(first[row], target) for row, target in zip(map(bytes, asked), others, strict=True) if row in own]
    changed = sum(bool((np.abs(old - new) > near).any()) for old, new in pairs)
    return RelabelledFact(rows=len(pairs), changed=changed, ambiguous=len(ambiguous), known=len(known), asked=len(asked))


def _table(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """All arrays side by side, one row per example."""
    return np.ascontiguousarray(np.concatenate([each.reshape(len(each), -1).astype("float64") for each in arrays], axis=1))
