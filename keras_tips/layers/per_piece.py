"""Initializes the pieces of maxout units one by one, so that each begins like an ordinary unit."""

from collections.abc import Callable
from typing import Any

from keras import ops

from keras_tips.layers.parted_initializers import parted_initializers

__all__ = ["per_piece"]


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
        drawn = [draw(piece_shape, dtype=dtype) for draw in parted_initializers(initializer, pieces)]
        return ops.reshape(ops.stack(drawn, axis=-1), shape)  # (..., units, pieces) -> (..., units * pieces)

    return initialize
