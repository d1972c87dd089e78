"""Which loss each output of a model meets."""

from collections.abc import Sequence
from typing import Any

import keras

__all__ = ["loss_weights_of", "losses_of"]


def losses_of(model: keras.Model, names: Sequence[str]) -> list[Any]:
    """Returns one loss per output, as `compile` was given it; None where there is none.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> losses_of(model, ["dense"])
    ['mse']
    """
    loss = getattr(model, "loss", None)
    return _by_output(loss, names) if isinstance(loss, (dict, list, tuple)) else [loss] * len(names)


def loss_weights_of(model: keras.Model, names: Sequence[str]) -> list[float]:
    """Returns the weight of each output's loss in the sum that is minimized."""
    weights = getattr(getattr(model, "_compile_loss", None), "_user_loss_weights", None)
    known = _by_output(weights, names) if isinstance(weights, (dict, list, tuple)) else [weights] * len(names)
    return [1.0 if weight is None else float(weight) for weight in known]


def _by_output(given: Any, names: Sequence[str]) -> list[Any]:
    """The entries of a list or a dict, in the order of the outputs."""
    if isinstance(given, dict):
        if set(given) & set(names) or len(given) != len(names):
            return [given.get(name) for name in names]
        # The outputs are a dict with keys of its own, which flattens in the order of its sorted keys.
        return [given[key] for key in sorted(given)]
    parts = keras.tree.flatten(given)
    return parts if len(parts) == len(names) else [None] * len(names)
