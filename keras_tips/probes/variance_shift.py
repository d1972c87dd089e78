"""The variance that batch normalizations see under dropout, against the one they see at inference."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.initializers.watched_calls import watched_calls
from keras_tips.probes.dropout_calls import Call, on_host
from keras_tips.probes.dropout_layers import placed_layers
from keras_tips.probes.dropout_verdict import CLEAR_ERRORS
from keras_tips.records.dropout_scaling import VarianceShift

__all__ = ["LARGE_SHIFT", "Moments", "found_normalizations", "measuring", "shift_of"]

# Batch normalization divides by the deviation that it saw under dropout. At 1.5 times the variance its outputs are 18 % too
# small at inference, 1 / sqrt(1.5); at 1 / 1.5 of it, 22 % too large.
LARGE_SHIFT = 1.5
ALIVE = 1e-6  # of the largest variance: features below it are constant, but for rounding


@dataclass
class Moments:
    """What comes into one batch normalization.

    Attributes:
        layer: the batch normalization, `place` its place, `behind` the place of the last dropout before it.
        mean: at inference, per feature, on the device.
        variance: at inference, of shape (features,).
        draws: per pass under dropout, mean and mean square about `mean`, of shape (2, features).
    """

    layer: Any
    place: str
    behind: str
    mean: Any
    variance: np.ndarray
    draws: list[np.ndarray] = field(default_factory=list)


@contextmanager
def found_normalizations(model: keras.Model, active: Sequence[Call]) -> Iterator[list[Moments]]:
    """Within it, a pass at inference finds the batch normalizations behind active dropout, and what comes in."""
    found: list[Moments] = []
    passed: list[str] = []  # places of dropout
    places = {id(layer): place for place, layer in placed_layers(model)}
    normalizations = [layer for _, layer in placed_layers(model) if isinstance(layer, keras.layers.BatchNormalization)]
    dropouts = {id(call.dropout.layer): call for call in reversed(active)}

    def note(layer: Any, call: Callable[[], Any]) -> Any:
        if passed and not any(each.layer is layer for each in found):
            x, axes = _inputs(layer, call)
            mean = ops.mean(x, axes, keepdims=True)
            variance = on_host(ops.mean(ops.square(x - mean), axes))
            if variance is not None:
                found.append(Moments(layer, places[id(layer)], passed[-1], mean, variance))
        return call()

    def remember(layer: Any, call: Callable[[], Any]) -> Any:
        passed.append(dropouts[id(layer)].place)
        return call()

    with watched_calls(normalizations, note), watched_calls([each.dropout.layer for each in dropouts.values()], remember):
        yield found


@contextmanager
def measuring(moments: Sequence[Moments]) -> Iterator[None]:
    """Within it, each pass adds one draw to each of the moments."""
    by_layer = {id(each.layer): each for each in moments}

    def measure(layer: Any, call: Callable[[], Any]) -> Any:
        mine = by_layer[id(layer)]
        x, axes = _inputs(layer, call)
        away = x - mine.mean
        draw = on_host(ops.stack([ops.mean(away, axes), ops.mean(ops.square(away), axes)]))
        if draw is not None:
            mine.draws.append(draw)
        return call()

    with watched_calls([each.layer for each in moments], measure):
        yield


def shift_of(seen: Moments) -> VarianceShift:
    """Returns the ratio of the variances, as the mean over the features, and its verdict."""
    largest = float(seen.variance.max()) if np.isfinite(seen.variance).all() else 0.0
    alive = seen.variance > ALIVE * largest
    if not largest or not seen.draws:
        return VarianceShift(seen.place, seen.behind, math.nan, math.nan, "not_judged", "what comes in does not vary")
    means, squares = np.stack(seen.draws)[:, :, alive].transpose(1, 0, 2)  # (draws, features) each
    mean = means.mean(axis=0)
    # About the mean over all draws, which is what moving statistics come to: so each draw adds a value of its own.
    ratios = ((squares - 2 * mean * means + mean**2) / seen.variance[alive]).mean(axis=1)
    ratio, error = float(ratios.mean()), float(ratios.std(ddof=1)) / math.sqrt(len(ratios))
    if max(ratio - CLEAR_ERRORS * error, 1 / (ratio + CLEAR_ERRORS * error)) <= LARGE_SHIFT:
        return VarianceShift(seen.place, seen.behind, ratio, error, "healthy", "about the same variance in both")
    how = f"it learns {ratio:.3g} times the variance that comes in at inference: put dropout behind it, or a smaller rate"
    return VarianceShift(seen.place, seen.behind, ratio, error, "variance_shift", how)


def _inputs(layer: Any, call: Any) -> tuple[Any, list[int]]:
    """What goes in, in float32, and the axes over which the layer takes means."""
    x = ops.cast(call.args[0] if call.args else call.keywords["inputs"], "float32")
    axis = layer.axis % len(x.shape)
    return x, [at for at in range(len(x.shape)) if at != axis]
