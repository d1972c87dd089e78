"""Batches of every size."""

from typing import Any

import keras
import numpy as np

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["batch_size"]

AT_A_TIME = 2  # with an odd number of examples, the last batch of `predict` is smaller


def batch_size(subject: Subject) -> None:
    """One example, more than the layer was built with, and a smaller last batch give each example the same output."""
    subject.need_free_batch()
    if any(array.ndim == 0 or len(array) != subject.batch for array in subject.outputs):
        raise NotExamined("the first axis of the outputs is not the batch")
    many = subject.batch + 1 + subject.batch % 2
    for examples in (1, many):
        inputs = _of(examples, subject.inputs)
        _demand(subject.call(subject.layer, inputs), examples, subject, "called on")
    inputs = _of(many, subject.inputs)
    model = subject.model()
    model.compile(jit_compile=False)
    predicted = keras.tree.flatten(model.predict(inputs, batch_size=AT_A_TIME, verbose=0))
    _demand([np.asarray(each) for each in predicted], many, subject, f"asked in batches of {AT_A_TIME} for")


def _of(examples: int, inputs: Any) -> Any:
    """The inputs again and again, or fewer of them."""
    return keras.tree.map_structure(lambda array: array[np.arange(examples) % len(array)], inputs)


def _demand(found: list[np.ndarray], examples: int, subject: Subject, how: str) -> None:
    expected = _of(examples, subject.outputs)
    if not subject.repeatable:
        found, expected = ([np.zeros(array.shape) for array in arrays] for arrays in (found, expected))
    words = difference(found, expected)
    if words is not None:
        told = f"when {how} {examples} examples, after it was built on {subject.batch}"
        cure = "Let nothing depend on the number of examples in a batch; keras.ops.shape(inputs)[0] is that of the moment."
        raise Defect(f"Expected each example's output, {told}. Received {words}. {cure}")
