"""The mean over all masks of a model's outputs, against the single pass at inference."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.probes.dropout_calls import Call, called, forced, on_host
from keras_tips.probes.dropout_draws import ALL_MASKS_UNITS, Gains, all_masks, units_of
from keras_tips.records.dropout_scaling import OutputMean

__all__ = ["mean_over_all_masks", "output_means", "outputs_of"]

ROWS_AT_ONCE = 4096  # of a pass over several masks together
SAME = 1e-3  # relative: a row that goes through the model with others gives the same, but for rounding

Measured = Sequence[tuple[Call, Gains | None]]  # the calls of all dropout layers, and what was measured at each


def outputs_of(model: keras.Model, x: Any) -> list[np.ndarray]:
    """Returns each output of a pass in which everything acts as at inference, but for what is forced."""
    found = [on_host(output) for output in keras.tree.flatten(called(model, x, training=False))]
    return [each for each in found if each is not None]


def output_means(
    model: Any, single: list[np.ndarray], passes: list[list[np.ndarray]], exact: tuple[list[np.ndarray], int] | None
) -> tuple[OutputMean, ...]:
    """Returns one entry per output.

    Args:
        model: for its outputs' names.
        single: outputs of the pass at inference.
        passes: outputs of each pass under dropout.
        exact: what `mean_over_all_masks` gave.
    """
    names = list(getattr(model, "output_names", None) or ())
    if len(names) != len(single):
        names = [f"output {at + 1}" if len(single) > 1 else "output" for at in range(len(single))]
    found = []
    for at, name in enumerate(names):
        size = _size(single[at]) or math.nan
        if exact is not None:
            found.append(OutputMean(name, _size(exact[0][at] - single[at]) / size, 0.0, f"all {exact[1]} masks"))
            continue
        draws = np.stack([each[at] for each in passes])
        noise = math.sqrt(float(draws.var(axis=0, ddof=1).mean()) / len(draws)) / size
        found.append(OutputMean(name, _size(draws.mean(axis=0) - single[at]) / size, noise, f"{len(draws)} draws"))
    return tuple(found)


def mean_over_all_masks(model: keras.Model, x: Any, measured: Measured) -> tuple[list[np.ndarray], int] | None:
    """Returns each output's mean over all masks of all dropout layers together, and how many masks there are.

    Many masks go through the model at once, as many rows. None where there are too many masks, where they cannot be set, or
    where the model does not treat each row by itself.
    """
    units = [_units(call, gains) for call, gains in measured]
    if any(count is None for count in units) or not 0 < sum(count or 0 for count in units) <= ALL_MASKS_UNITS:
        return None
    if not _takes_any_rows(model, measured):
        return None
    counts = [count or 0 for count in units]
    rates = np.repeat([call.dropout.rate for call, _ in measured], counts)
    masks = all_masks(0.5, sum(counts))[1]
    weights = np.where(masks == 1, 1 - rates, rates).prod(axis=1)
    rows = int(keras.tree.flatten(x)[0].shape[0])
    at_once = max(1, ROWS_AT_ONCE // rows)

    def outputs(some: np.ndarray) -> list[np.ndarray]:
        with forced([call for call, _ in measured], _set_masks(measured, counts, some, rows)):
            tiled = keras.tree.map_structure(lambda part: ops.tile(part, (len(some), *(1 for _ in part.shape[1:]))), x)
            return outputs_of(model, tiled)

    sums: list[Any] = []
    for start in range(0, len(masks), at_once):
        some, weight = masks[start : start + at_once], weights[start : start + at_once]
        blocks = outputs(some)
        if any(len(block) != len(some) * rows for block in blocks):
            return None
        parts = [block.reshape(len(some), rows, *block.shape[1:]) for block in blocks]
        if not start and not _alone(outputs(masks[-1:] if len(some) == len(masks) else some[-1:]), parts):
            return None
        means = [np.tensordot(weight, part, 1) for part in parts]
        sums = [one + other for one, other in zip(sums, means, strict=True)] if sums else means
    return sums, len(masks)


def _alone(alone: list[np.ndarray], parts: list[np.ndarray]) -> bool:
    """Whether the last mask by itself gives what it gave among others."""
    return all(np.allclose(one, part[-1], rtol=SAME, atol=SAME * _size(one)) for one, part in zip(alone, parts, strict=True))


def _size(values: np.ndarray) -> float:
    return math.sqrt(float(np.mean(values**2)))


def _units(call: Call, gains: Gains | None) -> int | None:
    """Units whose masks are to be gone through: 0 for a layer that does nothing; None where masks cannot be set."""
    if gains is not None and not gains.varies and gains.same_as_inference:
        return 0
    if gains is None or not gains.masks or call.inputs is None:
        return None
    return units_of(call.dropout, call.inputs)


def _takes_any_rows(model: Any, measured: Measured) -> bool:
    inputs = keras.tree.flatten(getattr(model, "inputs", None) or ())
    masks = [getattr(call.dropout.layer, "noise_shape", None) for call, _ in measured]
    return bool(inputs) and all(each.shape[0] is None for each in inputs) and all(not each or each[0] is None for each in masks)


def _set_masks(measured: Measured, counts: list[int], masks: np.ndarray, rows: int) -> Callable[[Call, Any], Any]:
    """Puts given masks in the place of drawn ones: row r of mask m stands at m * rows + r."""
    ends = np.cumsum(counts)
    columns = {call.place: masks[:, end - count : end] for (call, _), count, end in zip(measured, counts, ends, strict=True)}
    factors = {call.place: gains.factor for call, gains in measured if gains is not None}

    def act(call: Call, draw: Any) -> Any:
        mine = columns[call.place]
        if not mine.shape[1] or call.inputs is None:
            return draw()
        kept = np.repeat(mine, rows, axis=0).reshape(-1, *(call.dropout.mask_shape(call.inputs.shape) or ()))
        x = next(value for value in (*draw.args, *draw.keywords.values()) if ops.is_tensor(value))
        return x * ops.convert_to_tensor(kept * factors[call.place], x.dtype)

    return act
