"""Draws masks at one dropout layer, and compares their mean with what goes in."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_tips.probes.dropout_calls import Call, on_host
from keras_tips.probes.dropout_layers import DropoutLayer

__all__ = ["ALL_MASKS_UNITS", "Gains", "all_masks", "measured_gains", "rounding_of", "units_of"]

ALL_MASKS_UNITS = 10  # 1024 masks: as many values as a hundred draws of a layer of 100 units
ENTRIES = 65_536  # of one draw that are brought to the host: at 64 draws the mean of 4 million values


@dataclass(frozen=True)
class Gains:
    """What a dropout layer makes of its inputs x: `gain = sum(outputs * x) / sum(x * x)`, 1 for what leaves them alone.

    Attributes:
        training: mean over masks of the gain in training, and `training_error`, its standard error.
        inference: the gain at inference, and `inference_error`, its standard error; 0 where it is the same each time.
        factor: what values that are kept are multiplied by in training; NaN where the layer does other than drop and scale.
        dropped: the share of values that was dropped, and `dropped_error`, its standard error.
        draws: how many masks were drawn.
        masks: how many masks there are, where all were gone through; else 0.
        entries: how many values are dropped independently of each other in one draw, at least.
        varies: whether draws differ from each other.
        varies_at_inference: whether passes at inference do.
        same_as_inference: whether each draw is what comes out at inference.
        rounding: relative error of one value, in the layer's type of numbers.
    """

    training: float
    training_error: float
    inference: float
    inference_error: float
    factor: float
    dropped: float
    dropped_error: float
    draws: int
    masks: int
    entries: int
    varies: bool
    varies_at_inference: bool
    same_as_inference: bool
    rounding: float

    @property
    def ratio(self) -> float:
        """Mean over masks over the pass at inference."""
        return self.training / self.inference if self.inference else math.nan

    @property
    def error(self) -> float:
        """Standard error of `ratio`; relative errors of a quotient add up in squares."""
        parts = ((self.training_error, self.inference), (self.inference_error * self.ratio, self.inference))
        return math.sqrt(sum((error / by) ** 2 for error, by in parts)) if self.inference else math.nan


def measured_gains(call: Call, draws: int) -> Gains | str:
    """Returns what was measured at one call of a dropout layer; a reason in words where nothing can be.

    Args:
        call: as the model calls the layer.
        draws: how many masks to draw.
    """
    problem = _problem(call)
    if problem:
        return problem
    call = call.cut(ENTRIES)
    x, single, again = call.inputs, on_host(call.at_inference()), on_host(call.at_inference())
    if x is None or single is None or again is None or call.in_training is None:
        return "its outputs have no values"
    if single.shape != x.shape:
        return "what comes out has another shape than what goes in"
    steady = np.array_equal(single, again)
    inference = [_draw(single, x)] if steady else _draws(call.at_inference, x, draws)
    return _gains(call.dropout, x, _draws(call.in_training, x, draws, single), inference)


@dataclass(frozen=True)
class _Draw:
    """One draw, without its values, which would fill the memory."""

    gain: float
    dropped: float
    lowest: float  # of what kept values are multiplied by
    highest: float
    as_first: bool
    as_inference: bool


def _draws(call: Callable[[], Any], x: np.ndarray, count: int, inference: np.ndarray | None = None) -> list[_Draw]:
    first = on_host(call())
    seen = [] if first is None else [_draw(first, x, first, inference)]
    for _ in range(count - 1):
        values = on_host(call())
        if values is not None:
            seen.append(_draw(values, x, first, inference))
    return seen


def _draw(values: np.ndarray, x: np.ndarray, first: Any = None, inference: Any = None) -> _Draw:
    used = x != 0
    factors = values[used] / x[used]
    kept = factors[factors != 0]
    clean = not (values[~used] != 0).any()  # 0 times anything is 0; a layer that adds something does other than drop
    lowest, highest = (float(kept.min()), float(kept.max())) if len(kept) else (math.inf, -math.inf)
    return _Draw(
        gain=_gain(values, x),
        dropped=1 - len(kept) / len(factors),
        lowest=lowest if clean else math.nan,
        highest=highest,
        as_first=first is None or np.array_equal(values, first),
        as_inference=inference is not None and np.array_equal(values, inference),
    )


def _gains(dropout: DropoutLayer, x: np.ndarray, training: list[_Draw], inference: list[_Draw]) -> Gains:
    rounding = rounding_of(dropout.layer)
    factor, units, masks = _factor(training, rounding), units_of(dropout, x), 0
    gain, error = _mean([each.gain for each in training])
    level, level_error = _mean([each.gain for each in inference])
    dropped, dropped_error = _mean([each.dropped for each in training])
    varies = not all(each.as_first for each in training)
    if varies and units is not None and units <= ALL_MASKS_UNITS and not math.isnan(factor):
        probabilities, kept = all_masks(dropout.rate, units)
        mean = (probabilities @ kept).reshape(dropout.mask_shape(x.shape) or ())  # of the mask, over all masks
        gain, error, masks = _gain(factor * mean * x, x), 0.0, len(kept)
    return Gains(
        training=gain,
        training_error=error,
        inference=level,
        inference_error=level_error,
        factor=factor,
        dropped=math.nan if math.isnan(factor) else dropped,
        dropped_error=dropped_error,
        draws=len(training),
        masks=masks,
        entries=_entries(dropout, x),
        varies=varies,
        varies_at_inference=len(inference) > 1,
        same_as_inference=all(each.as_inference for each in training),
        rounding=rounding,
    )


def all_masks(rate: float, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the probability of each mask, of shape (2^units,), and the masks, of shape (2^units, units); 1 is kept.

    >>> probabilities, masks = all_masks(0.25, 2)
    >>> [round(float(each), 4) for each in probabilities]
    [0.0625, 0.1875, 0.1875, 0.5625]
    """
    masks = np.array(list(itertools.product((0.0, 1.0), repeat=units))).reshape(2**units, units)
    kept = masks.sum(axis=1)
    return rate ** (units - kept) * (1 - rate) ** kept, masks


def units_of(dropout: DropoutLayer, x: np.ndarray) -> int | None:
    """How many units of one row are dropped independently of each other; None where it is not known."""
    shape = dropout.mask_shape(x.shape)
    return None if shape is None else math.prod(shape)


def rounding_of(layer: Any) -> float:
    """The relative error of one value that has been computed in a layer's type of numbers: a few of its smallest steps."""
    smallest = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
    return 4 * smallest.get(keras.backend.standardize_dtype(layer.compute_dtype), 2.0**-23)


def _problem(call: Call) -> str:
    if call.inputs is None:
        return "its inputs have no values outside of a loop that is traced, or are no tensor"
    if call.in_training is None:
        return "training does not come past here"
    if not np.isfinite(call.inputs).all():
        return "what goes in is not finite"
    if not call.inputs.any():
        return "all that goes in is 0"
    return ""


def _gain(outputs: np.ndarray, x: np.ndarray) -> float:
    return float(np.vdot(outputs, x) / np.vdot(x, x))


def _mean(values: Sequence[float]) -> tuple[float, float]:
    """Mean and its standard error."""
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return float(np.mean(values)), error


def _factor(draws: Sequence[_Draw], rounding: float) -> float:
    """What kept values are multiplied by, if each value is either 0 or multiplied by one and the same factor; else NaN."""
    lowest, highest = (float(np.min([each.lowest for each in draws])), float(np.max([each.highest for each in draws])))
    if not math.isfinite(lowest):
        return math.nan
    middle = (lowest + highest) / 2
    return middle if highest - lowest <= 2 * rounding * abs(middle) else math.nan


def _entries(dropout: DropoutLayer, x: np.ndarray) -> int:
    """How many values are dropped independently of each other, at least."""
    units, used = units_of(dropout, x), int(np.count_nonzero(x))
    if units is None:
        return used if dropout.known else len(x)  # a layer of the user's own may drop whole rows
    return max(1, min(used, len(x) * units))
