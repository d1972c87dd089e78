"""The loss of predictions as a tensor, through which gradients can flow, without penalties."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

__all__ = ["tensor_loss"]


def tensor_loss(
    losses: Sequence[Any], weights: Sequence[float], targets: Sequence[Any], predictions: Sequence[Any], batch: int
) -> Any:
    """Returns the sum of the outputs' losses, averaged over rows as training averages them; None where it cannot be told.

    Args:
        losses: what `compile` was given, one per output.
        weights: of the outputs in the sum.
        targets: one tensor or array per output, rows first.
        predictions: likewise.
        batch: rows of a training step; a loss that sums over them has its unit.

    Example:

    >>> import numpy as np
    >>> float(tensor_loss(["mse"], [1.0], [np.array([[1.0], [3.0]])], [np.array([[2.0], [3.0]])], batch=32))
    0.5
    """
    if any(loss is None for loss in losses):
        return None
    total = 0.0
    for loss, weight, target, prediction in zip(losses, weights, targets, predictions, strict=True):
        value = _one(loss, ops.convert_to_tensor(target), ops.convert_to_tensor(prediction), batch)
        total += weight * ops.cast(value, keras.config.floatx())  # outputs may differ in precision
    return total


def _one(loss: Any, target: Any, prediction: Any, batch: int) -> Any:
    chosen = keras.losses.get(loss)
    if not isinstance(chosen, keras.losses.Loss):
        return ops.mean(chosen(*_of_one_rank(target, prediction)))
    value = ops.mean(chosen(target, prediction))
    return value * (batch / len(target)) if getattr(chosen, "reduction", None) == "sum" else value


def _of_one_rank(target: Any, prediction: Any) -> tuple[Any, Any]:
    """As Keras does it for functions: a last axis of length 1 is dropped, or added, where only one side has it."""
    ranks = len(target.shape), len(prediction.shape)
    if ranks[0] == ranks[1] + 1 and target.shape[-1] == 1:
        return target[..., 0], prediction
    if ranks[1] == ranks[0] + 1 and prediction.shape[-1] == 1:
        return target, prediction[..., 0]
    return target, prediction
