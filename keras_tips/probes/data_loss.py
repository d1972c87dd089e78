"""The loss of predictions as they are handed out, without penalties."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["data_loss"]


def data_loss(
    losses: Sequence[Any],
    weights: Sequence[float],
    targets: Sequence[np.ndarray],
    predictions: Sequence[np.ndarray],
    batch: int,
) -> float | None:
    """Returns the sum of the outputs' losses, averaged over rows as training averages them; None where it cannot be told.

    On TensorFlow, Keras finds the logits behind a softmax or sigmoid while it trains. Here it cannot, for predictions come as
    arrays: so the loss is that of what `predict` gives.

    Args:
        losses: what `compile` was given, one per output.
        weights: of the outputs in the sum.
        targets: one array per output, rows first.
        predictions: likewise.
        batch: rows of a training step; a loss that sums over them has its unit.

    Example:

    >>> data_loss(["mse"], [1.0], [np.array([[1.0], [3.0]])], [np.array([[2.0], [3.0]])], batch=32)
    0.5
    """
    total = 0.0
    for loss, weight, target, prediction in zip(losses, weights, targets, predictions, strict=True):
        if loss is None:
            return None
        total += weight * _one(loss, target, prediction, batch)
    return total


def _one(loss: Any, target: np.ndarray, prediction: np.ndarray, batch: int) -> float:
    chosen = keras.losses.get(loss)
    if not isinstance(chosen, keras.losses.Loss):
        target, prediction = _of_one_rank(target, prediction)
        values = chosen(ops.convert_to_tensor(target), ops.convert_to_tensor(prediction))
        return float(np.mean(ops.convert_to_numpy(values)))
    value = float(np.mean(ops.convert_to_numpy(chosen(ops.convert_to_tensor(target), ops.convert_to_tensor(prediction)))))
    return value * batch / len(target) if getattr(chosen, "reduction", None) == "sum" else value


def _of_one_rank(target: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As Keras does it for functions: a last axis of length 1 is dropped, or added, where only one side has it."""
    if target.ndim == prediction.ndim + 1 and target.shape[-1] == 1:
        return target[..., 0], prediction
    if prediction.ndim == target.ndim + 1 and prediction.shape[-1] == 1:
        return target, prediction[..., 0]
    return target, prediction
