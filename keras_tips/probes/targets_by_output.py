"""The targets of each output of a model."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_tips.probes.answers import Answers, answers
from keras_tips.records.facts import OutputFact

__all__ = ["answers_by_output", "targets_by_output"]


def targets_by_output(y: Any, outputs: Sequence[OutputFact]) -> list[np.ndarray | None]:
    """Returns one array per output, by name where the names agree, else by position; None where they do not fit.

    >>> output = {"name": "y", "layer": "y", "activation": None, "units": 1, "loss": "mse", "from_logits": None}
    >>> targets_by_output(np.zeros((4, 1)), [{**output, "reduction": None}])[0].shape
    (4, 1)
    """
    if isinstance(y, Mapping) and all(output["name"] in y for output in outputs):
        return [y[output["name"]] for output in outputs]
    leaves = [] if y is None else keras.tree.flatten(y)
    return list(leaves) if len(leaves) == len(outputs) else [None] * len(outputs)


def answers_by_output(y: Any, outputs: Sequence[OutputFact]) -> dict[str, Answers]:
    """Returns name of an output -> its answers, for those whose targets can be compared with predictions."""
    pairs = zip(outputs, targets_by_output(y, outputs), strict=True)
    known = {output["name"]: answers(target, output) for output, target in pairs if target is not None}
    return {name: right for name, right in known.items() if right is not None}
