"""No NaN, no infinity, also from negative inputs and in training."""

import numpy as np

from keras_tips.testing.arrays import is_float
from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["finite"]


def finite(subject: Subject) -> None:
    """Finite inputs of both signs give finite outputs, at inference and in training."""
    _demand(subject.outputs, "at inference")
    if subject.has_modes:
        _demand(subject.call(subject.twin(), training=True), "in training")


def _demand(outputs: list[np.ndarray], when: str) -> None:
    for array in outputs:
        if is_float(array) and not np.all(np.isfinite(array.astype("float64"))):
            wrong = int(np.sum(~np.isfinite(array.astype("float64"))))
            cure = "Look at logarithms, roots and divisions; where the layer needs positive inputs, give them as `inputs`."
            raise Defect(f"Expected finite outputs {when}. Received {wrong} of {array.size} that are NaN or infinite. {cure}")
