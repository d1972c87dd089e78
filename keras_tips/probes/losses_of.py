"""Which loss each output of a model meets."""

from collections.abc import Sequence
from types import CodeType
from typing import Any

import keras

__all__ = ["loss_weights_of", "losses_of"]

# What a `train_step` may call to get the compiled loss; `super` for Keras's own step, within one's own.
COMPILED = ("compute_loss", "_compute_loss", "compiled_loss", "_compile_loss", "loss", "loss_fn", "super", "__class__")


def losses_of(model: keras.Model, names: Sequence[str]) -> list[Any]:
    """Returns one loss per output, as `compile` was given it; None where there is none, or a step of one's own does not ask.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> losses_of(model, ["dense"])
    ['mse']
    """
    loss = getattr(model, "loss", None) if _asks_for_it(getattr(type(model), "train_step", None)) else None
    return _by_output(loss, names) if isinstance(loss, (dict, list, tuple)) else [loss] * len(names)


def _asks_for_it(train_step: Any) -> bool:
    """Whether a `train_step` is Keras's, or names the compiled loss somewhere: else it minimizes another one."""
    code = getattr(train_step, "__code__", None)
    if code is None or str(train_step.__module__).startswith("keras."):
        return True
    left, names = [code], set()
    while left:
        part = left.pop()
        names |= {*part.co_names, *part.co_freevars}
        left += [each for each in part.co_consts if isinstance(each, CodeType)]
    return not names.isdisjoint(COMPILED)


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
