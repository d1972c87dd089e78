"""The layer against an independent function."""

import keras
import numpy as np

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["reference"]

# The reference may sum in another order and in another precision than float32.
TOLERANCE = 1e-4


def reference(subject: Subject) -> None:
    """On inputs of both signs, the layer returns what `reference(layer, inputs)` returns."""
    if subject.reference is None:
        raise NotExamined("no `reference` was given")
    subject.need_values()
    expected = [np.asarray(each) for each in keras.tree.flatten(subject.reference(subject.layer, subject.inputs))]
    words = difference(subject.outputs, expected, TOLERANCE)
    if words is not None:
        raise Defect(f"Expected what the reference returns. Received {words}. Correct the layer or the reference.")
