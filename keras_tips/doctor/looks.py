"""What was seen when the network was run on the rows that were kept."""

import numpy as np

from keras_tips.records.run import Run

__all__ = ["first_look", "last_look", "trained"]


def first_look(run: Run, quantity: str, place: str) -> float | None:
    """Returns the value that was seen first, or None where none was seen or it is not finite."""
    return _finite(run.values(quantity, place)[:1])


def last_look(run: Run, quantity: str, place: str) -> float | None:
    """Returns the value that was seen last, or None where none was seen or it is not finite."""
    return _finite(run.values(quantity, place)[-1:])


def trained(run: Run) -> bool:
    """Whether at least one epoch of training has ended, so that a look can tell what came of it."""
    return bool(np.isfinite(run.values("loss", "train")).any())


def _finite(values: np.ndarray) -> float | None:
    return float(values[0]) if len(values) and np.isfinite(values[0]) else None
