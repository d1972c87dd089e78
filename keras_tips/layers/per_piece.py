"""Initializes the pieces of maxout units one by one, so that each begins like an ordinary unit."""

import copy
import random
from collections.abc import Callable
from typing import Any

from keras import ops

__all__ = ["per_piece"]

SEED_BITS = 31  # the widest seed that every backend takes


def per_piece(initializer: Callable[..., Any], pieces: int) -> Callable[..., Any]:
    """Returns an initializer of shape `(..., units * pieces)` that calls `initializer` per piece with `(..., units)`.

    An initializer such as Glorot's reads the fans from the shape. A unit hands on one of its pieces at a time, so the
    shape that counts is that of one piece; the shape of all pieces side by side would make the weights too small.

    A Keras initializer with an integer seed gives the same values on each call. The first piece keeps its seed, so that
    a single piece begins as in `keras.layers.Dense`; each further piece takes a seed that is drawn from it.

    Args:
        initializer: called as `initializer(shape, dtype=dtype)`.
        pieces: number of pieces per unit; they stand side by side on the last axis.
    """

    def initialize(shape: tuple[int, ...], dtype: Any = None) -> Any:
        piece_shape = (*shape[:-1], shape[-1] // pieces)  # (..., units)
        drawn = [draw(piece_shape, dtype=dtype) for draw in _apart(initializer, pieces)]
        return ops.reshape(ops.stack(drawn, axis=-1), shape)  # (..., units, pieces) -> (..., units * pieces)

    return initialize


def _apart(initializer: Callable[..., Any], pieces: int) -> list[Callable[..., Any]]:
    """One initializer per piece, none of which repeats another's random numbers."""
    seed = getattr(initializer, "seed", None)
    if not isinstance(seed, int):  # a SeedGenerator moves on by itself; without a seed there is nothing to part
        return [initializer] * pieces
    # Numbers drawn from the seed rather than seed + 1, seed + 2: those are the seeds people give to the next layers.
    draw = random.Random(seed)
    others = [copy.copy(initializer) for _ in range(pieces - 1)]
    for other in others:
        other.seed = draw.getrandbits(SEED_BITS)  # type: ignore[attr-defined]
    return [initializer, *others]
