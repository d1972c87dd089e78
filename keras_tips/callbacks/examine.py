"""The checks that need no training."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.callbacks.diagnose import diagnose
from keras_tips.callbacks.look import Numbers
from keras_tips.callbacks.looking import Looking
from keras_tips.callbacks.recorder import Recorder
from keras_tips.callbacks.rows import Rows
from keras_tips.doctor.catalogue import catalogue
from keras_tips.probes.data_facts import data_facts
from keras_tips.probes.model_facts import model_facts
from keras_tips.probes.references import references
from keras_tips.probes.split_fact import split_fact
from keras_tips.probes.whole_arrays import whole_arrays
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.facts import FitFact, OutputFact

__all__ = ["examine"]

ROWS = 4096  # that are looked at besides sizes and counts


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
    training, held_out = Rows(whole_arrays("x", x), whole_arrays("y", y)), None
    if validation_data is not None:
        beside = data_facts(validation_data[0], validation_data[1], model)
        known |= {f"validation_{name}": value for name, value in beside.items()}
        held_out = Rows(*(whole_arrays("validation_data", part) for part in validation_data[:2]))
        if _numbers(training.x) and _numbers(held_out.x):
            known["split"] = split_fact(keras.tree.flatten(training.x), keras.tree.flatten(held_out.x))
    known["fit"] = FitFact(
        epochs=None,
        steps=math.ceil(training.count / batch_size),
        batch_size=batch_size,
        validation=held_out is not None,
        weighted=None,
    )
    recorder = Recorder()
    for name, value in known.items():
        recorder.fact(name, value)
    _look(model, known.get("outputs", []), training, held_out, recorder)
    return diagnose(recorder.run, [rule.name for rule in catalogue().values() if rule.stage == "setup"])


def _look(model: keras.Model, outputs: Sequence[OutputFact], training: Rows, held_out: Rows | None, recorder: Recorder) -> None:
    """Runs the network once, and fits simple predictors; on a bounded number of rows."""

    def write(step: int, numbers: Numbers) -> None:
        for (quantity, place), number in numbers.items():
            recorder.series(quantity, [place], [step], np.array([[number]]))

    few, beside = training.some(ROWS), None if held_out is None else held_out.some(ROWS)
    looking = Looking(model, write, recorder.note)
    looking.first(outputs, few)
    looking.work_out()
    far = None if beside is None else (beside.x, beside.y)
    facts = references((few.x, few.y), outputs, far)
    if facts:
        recorder.fact("references", facts)


def _numbers(x: Any) -> bool:
    return all(leaf.dtype.kind in "biuf" and leaf.size for leaf in keras.tree.flatten(x))


def _check_validation(validation_data: Any) -> None:
    if validation_data is None:
        return
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise invalid("validation_data", "None, (x, y) or (x, y, sample weights)", type(validation_data).__name__)
