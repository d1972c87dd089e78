"""Cuts rows into two parts by a seed."""

import numpy as np

__all__ = ["split"]

Rows = tuple[np.ndarray, np.ndarray]


def split(x: np.ndarray, y: np.ndarray, *, share: float, seed: int) -> tuple[Rows, Rows]:
    """Returns two parts of the rows, the second of which holds about `share` of them.

    Classes keep their proportions where `y` holds classes (whole numbers, or one-hot rows) with at least two rows each, and
    where both parts have room for all classes.

    Args:
        x: of shape `(rows, ...)`.
        y: of shape `(rows, ...)`.
        share: of the second part, between 0 and 1.
        seed: decides which rows go where.

    Raises:
        ValueError: there are fewer than two rows.
    """
    from sklearn.model_selection import train_test_split

    if len(x) < 2:
        cure = "Give validation_data as well."
        raise ValueError(f"Invalid `data`. Expected at least two rows, to keep some for validation. Received: {len(x)}. {cure}")
    second = min(max(1, round(share * len(x))), len(x) - 1)
    classes = _classes(y)
    if classes is not None:
        counts = np.unique(classes, return_counts=True)[1]
        if counts.min() < 2 or len(counts) > min(second, len(x) - second):
            classes = None
    rows = train_test_split(np.arange(len(x)), test_size=second, random_state=seed, stratify=classes)
    first, held_out = (np.sort(part) for part in rows)
    return (x[first], y[first]), (x[held_out], y[held_out])


def _classes(y: np.ndarray) -> np.ndarray | None:
    if y.ndim == 2 and y.shape[1] > 1:
        one_hot = np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
        return np.argmax(y, axis=1) if one_hot else None
    return y.reshape(len(y)) if y.size == len(y) and y.dtype.kind in "iub" else None
