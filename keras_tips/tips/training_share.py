"""Lengths of a schedule as shares of the training, which become steps when the number of rows is known."""

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["share_of_training", "updates_of", "with_steps"]

KEY = "share_of_training"
USUAL_BATCH = 32  # what Keras's `fit` takes where none is given
# Below, a schedule that rises and falls has no room for both.
FEWEST_STEPS = 10


def share_of_training(share: float) -> dict[str, float]:
    """Returns what stands in a config for a number of steps that is this share of all updates of the training."""
    return {KEY: float(share)}


def updates_of(fit: Mapping[str, Any], rows: int | None) -> int:
    """Returns how many updates a training makes.

    Args:
        fit: arguments of `fit`.
        rows: of the training inputs; None, where they are not known, counts a hundred updates an epoch.

    >>> updates_of({"epochs": 3, "batch_size": 32}, 100)
    12
    """
    steps = fit.get("steps_per_epoch")
    if steps is None:
        kept = (rows or 0) * (1.0 - fit.get("validation_split", 0.0))
        steps = math.ceil(kept / (fit.get("batch_size") or USUAL_BATCH)) if rows is not None else 100
    return max(1, fit.get("epochs", 1) * steps)


def with_steps(config: Any, updates: int) -> Any:
    """Returns a config with every share of the training replaced by its number of steps.

    >>> with_steps({"decay_steps": share_of_training(0.5), "alpha": 0.0}, 100)
    {'decay_steps': 50, 'alpha': 0.0}
    """
    if isinstance(config, Mapping):
        if set(config) == {KEY}:
            return max(1, round(config[KEY] * max(updates, FEWEST_STEPS)))
        return {key: with_steps(part, updates) for key, part in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(with_steps(part, updates) for part in config)
    return config
