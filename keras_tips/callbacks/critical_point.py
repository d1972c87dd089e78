"""Gradient and curvature of the loss at the place where training had stopped."""

import math
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.look import rows_to_look_at
from keras_tips.callbacks.rows import Rows
from keras_tips.probes.curvature import extreme_curvatures
from keras_tips.probes.losses_of import loss_weights_of, losses_of
from keras_tips.probes.second_order import second_order
from keras_tips.probes.targets_by_output import targets_by_output
from keras_tips.probes.tensor_loss import tensor_loss
from keras_tips.probes.without_trace import without_trace
from keras_tips.records.facts import CriticalPointFact, OutputFact

__all__ = ["critical_point"]

ALIKE = 0.01  # share of a loss; further from what it was, weights have been changed since
MOST_WEIGHTS = 2_000_000  # of which 20 directions are kept, of 8 bytes each: 320 MB at most


def critical_point(
    model: keras.Model,
    outputs: Sequence[OutputFact],
    rows: Rows,
    batch_size: int,
    seconds: float,
    expected: float | None = None,
) -> CriticalPointFact | None:
    """Returns what the loss of the rows is like around the present weights, or None where that takes too long.

    It is the loss at inference, without penalties, as a function of the trainable weights. Nothing is assigned to them, and
    nothing else of the model is changed.

    Args:
        model: compiled and built.
        outputs: what they meet.
        rows: with targets; as many are taken as a look takes.
        batch_size: of training.
        seconds: after so many the search ends, without a result.
        expected: the loss when training ended; None is returned where it is another by now.
    """
    until = time.perf_counter() + seconds
    weights = list(model.trainable_variables)
    size = sum(math.prod(weight.shape) for weight in weights)
    few = rows.some(rows_to_look_at(model))
    targets = targets_by_output(few.y, outputs)
    if not 0 < size <= MOST_WEIGHTS or not outputs or any(target is None for target in targets):
        return None
    names = [output["name"] for output in outputs]
    losses, shares = losses_of(model, names), loss_weights_of(model, names)
    if any(loss is None for loss in losses):
        return None

    def total(data: Any) -> Any:
        inputs, known = data
        return tensor_loss(losses, shares, known, keras.tree.flatten(model(inputs, training=False)), batch_size)

    with without_trace(model):
        data = keras.tree.map_structure(ops.convert_to_tensor, (few.x, targets))
        at = second_order(total, data, weights, model.non_trainable_variables)
        if expected is not None and not abs(at.value - expected) <= ALIKE * abs(expected):
            return None
        ends = extreme_curvatures(at.product, size, go_on=lambda: time.perf_counter() < until)
        length = math.sqrt(sum(float(np.sum(np.square(ops.convert_to_numpy(each), dtype="float64"))) for each in weights))
    if ends is None:
        return None
    return CriticalPointFact(
        loss=at.value,
        gradient_norm=float(np.linalg.norm(at.gradient)),
        weight_norm=length,
        largest_curvature=ends[0],
        smallest_curvature=ends[1],
    )
