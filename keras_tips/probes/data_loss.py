"""The loss of predictions as they are handed out, without penalties."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from keras_tips.probes.tensor_loss import tensor_loss

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
    found = tensor_loss(losses, weights, targets, predictions, batch)
    return None if found is None else float(ops.convert_to_numpy(found))
