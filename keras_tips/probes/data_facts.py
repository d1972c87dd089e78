"""What is known of the training data: sizes, scales and kinds of numbers."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import invalid
from keras_tips.probes.embedded_inputs import embedded_inputs
from keras_tips.probes.input_summary import InputSummary
from keras_tips.probes.last_activation import last_activations
from keras_tips.probes.target_summary import TargetSummary
from keras_tips.probes.whole_arrays import whole_arrays
from keras_tips.records.facts import InputFact, TargetFact

__all__ = ["InputSummary", "TargetSummary", "data_facts"]

# Of larger arrays, rows at even distances are looked at: enough for every figure the rules use, in bounded time.
ROWS = 4096  # rows looked at
ENTRIES = 16_000_000  # numbers looked at, where single rows are large


def data_facts(x: Any, y: Any, model: keras.Model) -> dict[str, Any]:
    """Returns the facts "inputs" and "targets" of whole arrays, as `keras_tips.records.facts` describes them.

    Args:
        x: training inputs as for `fit`: an array with rows first, or a list or dict of them. Text is left out.
        y: training targets likewise, or None.
        model: that they are for; it names inputs and outputs, and says which inputs are embedded.

    Raises:
        ValueError: something is no array, has no rows, or has another number of rows than the rest.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,), name="place"), keras.layers.Dense(1)])
    >>> facts = data_facts(np.array([[0.0, 3.0], [2.0, 5.0]]), np.array([0, 1]), model)
    >>> facts["inputs"][0]["feature_mean"], facts["targets"][0]["zero_one"]
    ([1.0, 4.0], True)
    """
    inputs = _named("x", x, [tensor.name for tensor in getattr(model, "inputs", None) or ()])
    targets = _named("y", y, [end.output for end in last_activations(model)]) if y is not None else []
    _check_rows(inputs, targets)
    embedded = embedded_inputs(model, len(inputs))
    return {
        "inputs": [_input(name, rows, flag) for (name, rows), flag in zip(inputs, embedded, strict=True) if _numeric(rows)],
        "targets": [_target(name, rows) for name, rows in targets if _numeric(rows)],
    }


def _named(argument: str, data: Any, names: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    """(name, array) of each part: dicts bring names of their own, lists take those of the model."""
    if isinstance(data, Mapping):
        order = [name for name in names if name in data] if set(data) == set(names) else list(data)
        arrays = whole_arrays(argument, data)
        return [(str(name), arrays[name]) for name in order]
    found = whole_arrays(argument, data)
    parts = found if isinstance(found, list) else [found]
    known = list(names) if len(names) == len(parts) else [f"{argument}_{number}" for number in range(len(parts))]
    return list(zip(known, parts, strict=True))


def _check_rows(inputs: Sequence[tuple[str, np.ndarray]], targets: Sequence[tuple[str, np.ndarray]]) -> None:
    counts = {name: len(rows) for name, rows in (*inputs, *targets)}
    if len(set(counts.values())) > 1:
        raise invalid("x, y", "the same number of rows in every input and target", counts)


def _numeric(rows: np.ndarray) -> bool:
    return bool(np.issubdtype(rows.dtype, np.number) or rows.dtype == bool)


def _sampled(rows: np.ndarray) -> np.ndarray:
    """At most ROWS rows, at even distances from the first to the last."""
    entries = max(1, math.prod(rows.shape[1:]))
    count = max(1, min(len(rows), ROWS, ENTRIES // entries))
    return rows if count == len(rows) else rows[np.linspace(0, len(rows) - 1, count).round().astype(int)]


def _input(name: str, rows: np.ndarray, embedded: bool) -> InputFact:
    summary = InputSummary(name, embedded)
    summary.add(_sampled(rows))
    return summary.fact()


def _target(name: str, rows: np.ndarray) -> TargetFact:
    summary = TargetSummary(name)
    summary.add(_sampled(rows))
    return summary.fact()
