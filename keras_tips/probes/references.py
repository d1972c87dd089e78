"""What simple predictors make of each output of a model."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_tips.probes.reference_fact import reference_fact
from keras_tips.probes.targets_by_output import answers_by_output
from keras_tips.records.facts import OutputFact, ReferenceFact

__all__ = ["references"]

Data = tuple[Any, Any]  # (x, y)


def references(training: Data, outputs: Sequence[OutputFact], validation: Data | None = None) -> list[ReferenceFact]:
    """Returns the fact "references": all inputs together, as one table, against the targets of each output.

    Args:
        training: rows, as arrays or structures of them.
        outputs: the fact of that name.
        validation: likewise.
    """
    table = _table(training[0])
    if table is None:
        return []
    beside = None if validation is None else _table(validation[0])
    usable = validation is not None and beside is not None and beside.shape[1] == table.shape[1]
    far = answers_by_output(validation[1], outputs) if usable and validation is not None else {}
    facts = [
        reference_fact(name, table, right, (beside, far[name]) if beside is not None and name in far else None)
        for name, right in answers_by_output(training[1], outputs).items()
    ]
    return [fact for fact in facts if fact is not None]


def _table(x: Any) -> np.ndarray | None:
    """All inputs side by side; None where some are no numbers."""
    leaves = [np.asarray(leaf) for leaf in keras.tree.flatten(x)]
    if not leaves or any(leaf.dtype.kind not in "biuf" or not leaf.size for leaf in leaves):
        return None
    return np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1)
