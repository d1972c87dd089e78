"""Rows and columns of each image of a batch, other ones for each."""

from typing import Any

__all__ = ["pick_pixels"]


def pick_pixels(backend: Any, images: Any, rows: Any, columns: Any) -> Any:
    """Returns `outputs[b, i, j] = images[b, rows[b, i], columns[b, j]]`, of any dtype and without arithmetic.

    All pixels come by one look-up: no loop over the batch.

    >>> import keras
    >>> backend = keras.layers.CenterCrop(1, 1).backend
    >>> images = keras.ops.reshape(keras.ops.arange(8, dtype="int32"), (2, 2, 2, 1))
    >>> rows, columns = keras.ops.array([[0], [1]]), keras.ops.array([[1], [0]])
    >>> print(keras.ops.convert_to_numpy(pick_pixels(backend, images, rows, columns)).ravel())
    [1 6]

    Args:
        backend: a Keras backend, such as `self.backend` of an `ImageLayer`.
        images: `(batch, height, width, channels)`.
        rows: `(batch, new_height)`, or `(1, new_height)` where all images share them; int32.
        columns: `(batch, new_width)` or `(1, new_width)`; int32.

    Returns:
        `(batch, new_height, new_width, channels)`.
    """
    ops = backend.numpy
    batch, height, width, channels = backend.shape(images)
    first_row = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1)) * height  # (batch, 1)
    row_starts = (first_row + rows) * width  # (batch, new_height)
    places = ops.expand_dims(row_starts, 2) + ops.expand_dims(columns, 1)  # (batch, new_height, new_width)
    return ops.take(ops.reshape(images, (batch * height * width, channels)), places, axis=0)
