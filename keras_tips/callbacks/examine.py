"""The checks that need no training."""

import math
from typing import Any

import keras

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.doctor.catalogue import catalogue
from keras_tips.doctor.diagnose import diagnose
from keras_tips.probes.data_facts import data_facts
from keras_tips.probes.model_facts import model_facts
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.facts import FitFact
from keras_tips.records.record import Record
from keras_tips.records.run import Run

__all__ = ["examine"]


def examine(model: keras.Model, x: Any, y: Any, validation_data: Any = None, batch_size: int = 32) -> Diagnosis:
    """Returns what is wrong with a model and its data before the first step; nothing is trained and nothing is changed.

    Args:
        model: compiled, as it would be given to `fit`. It need not be built.
        x: training inputs, of shape (rows, ...): an array, or a list or dict of them.
        y: training targets, likewise.
        validation_data: None, or (x, y) or (x, y, sample weights) as for `fit`.
        batch_size: rows per step.

    Raises:
        ValueError: an argument is not as described; the text names it.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "softmax", name="last")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> diagnosis = examine(model, np.random.rand(8, 2), np.array([0, 1] * 4))
    >>> diagnosis.findings[0].rule, diagnosis.findings[0].layers
    ('output_activation_mismatch', ('last',))
    """
    batch_size = check_integer("batch_size", batch_size, low=1)
    _check_validation(validation_data)
    if y is None:
        raise invalid("y", "the training targets", y)
    known = {**model_facts(model), **data_facts(x, y, model)}
    steps = math.ceil(_rows(x) / batch_size)
    known["fit"] = FitFact(epochs=None, steps=steps, batch_size=batch_size, validation=validation_data is not None)
    run = Run(tuple(Record("fact", {"name": name, "value": value}) for name, value in known.items()))
    return diagnose(run, [rule.name for rule in catalogue().values() if rule.stage == "setup"])


def _check_validation(validation_data: Any) -> None:
    if validation_data is None:
        return
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise invalid("validation_data", "None, (x, y) or (x, y, sample weights)", type(validation_data).__name__)


def _rows(x: Any) -> int:
    part = keras.tree.flatten(x)[0]
    return int(part.shape[0]) if hasattr(part, "shape") else len(x)
