"""Which layers of a model are dropout."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import keras

from keras_tips.layers.classic_dropout import ClassicDropout

__all__ = ["DropoutLayer", "dropout_inside", "dropout_layers", "placed_layers"]

RATES = ("rate", "drop_rate", "dropout_rate", "drop_prob")  # what people call it
INSIDE = ("dropout", "recurrent_dropout")  # of recurrent layers, which drop in code of their own
ALPHA = -1.6732632423543772 * 1.0507009873554805  # of SELU: what a value dropped by AlphaDropout becomes

SPATIAL = (keras.layers.SpatialDropout1D, keras.layers.SpatialDropout2D, keras.layers.SpatialDropout3D)
KINDS = (keras.layers.Dropout, *SPATIAL, keras.layers.GaussianDropout, keras.layers.AlphaDropout, ClassicDropout)


@dataclass(frozen=True)
class DropoutLayer:
    """A layer that is dropout, or may be.

    Attributes:
        layer: the layer itself.
        place: names of what it lies in, and its own, joined by "/".
        rate: the share that it says it drops.
        known: whether it is one of Keras's or ours; else it is a user's own.
        certain: whether it is surely meant as dropout: known, or called so.
    """

    layer: Any
    place: str
    rate: float
    known: bool
    certain: bool

    @property
    def expected(self) -> float:
        """Mean over masks over the pass at inference, if all is well.

        AlphaDropout maps kept and dropped values by `a x + b`, so that a whole of mean 0 and variance 1 keeps both; of one
        value `a (1 - rate)` is left in the mean, with `a = ((1 - rate)(1 + rate ALPHA^2))^(-1/2)`. Günter Klambauer, Thomas
        Unterthiner, Andreas Mayr, Sepp Hochreiter: "Self-Normalizing Neural Networks", 2017.
        """
        if not isinstance(self.layer, keras.layers.AlphaDropout) or self.rate >= 1:
            return 1.0
        return (1 - self.rate) / math.sqrt((1 - self.rate) * (1 + self.rate * ALPHA**2))

    def mask_shape(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """The shape of the mask for one row of inputs of `shape`; None where it is not known.

        Units that share an entry of the mask are dropped together: a channel, in `SpatialDropout2D`.
        """
        if isinstance(self.layer, SPATIAL):
            first = getattr(self.layer, "data_format", "channels_last") == "channels_first"
            return (shape[1], *(1 for _ in shape[2:])) if first else (*(1 for _ in shape[2:]), shape[-1])
        if not isinstance(self.layer, keras.layers.Dropout | ClassicDropout):
            return None
        noise = self.layer.noise_shape
        if noise is None:
            return tuple(shape[1:])
        return tuple(size if entry is None else int(entry) for entry, size in zip(noise[1:], shape[1:], strict=True))


def dropout_layers(model: keras.Model) -> list[DropoutLayer]:
    """Returns the layers of a model, and of the models and layers within, that are dropout or may be.

    Those of Keras and ours; and any layer of the user's own with a `rate` (`drop_rate`, `dropout_rate`, `drop_prob`), and
    without weights: what is no dropout among these shows when they are called.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5, name="drop"), keras.layers.Dense(1)])
    >>> [(found.place, found.rate) for found in dropout_layers(model)]
    [('drop', 0.5)]
    """
    found = (_as_dropout(layer, place) for place, layer in placed_layers(model))
    return [each for each in found if each is not None]


def dropout_inside(model: keras.Model) -> list[tuple[str, str]]:
    """Returns pairs of (place, reason) for layers that drop in code of their own, where it cannot be watched."""
    reason = "it drops within its own steps, where nothing can be watched"
    found: list[tuple[str, str]] = []
    for place, layer in placed_layers(model):
        within = any(place.startswith(f"{outer}/") for outer, _ in found)  # a cell says the same as its layer
        if not within and any(_share(getattr(layer, name, None)) for name in INSIDE):
            found.append((place, reason))
    return found


def placed_layers(layer: Any, prefix: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Yields (place, layer) for each layer within another, once, at the first place it stands in."""
    seen = {id(layer)} if seen is None else seen
    for inner in getattr(layer, "_layers", ()):  # there is no public way to layers within layers
        if id(inner) in seen:
            continue
        seen.add(id(inner))
        place = f"{prefix}{inner.name}"
        yield place, inner
        yield from placed_layers(inner, f"{place}/", seen)


def _as_dropout(layer: Any, place: str) -> DropoutLayer | None:
    if isinstance(layer, keras.Model):
        return None
    known = type(layer) in KINDS
    if not known and type(layer).__module__.startswith("keras."):
        return None
    rate = next((share for share in (_share(getattr(layer, name, None)) for name in RATES) if share is not None), None)
    if rate is None or layer.weights:
        return None
    return DropoutLayer(layer, place, rate, known, known or "drop" in type(layer).__name__.lower())


def _share(value: Any) -> float | None:
    """A number from 0 to 1 as a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return float(value) if 0 <= float(value) <= 1 else None
