"""Resizing along one axis as a product with a matrix, one matrix per image."""

from typing import Any

__all__ = ["axis_weights"]

# The free number of the cubic kernel, at which it is exact for parabolas: Robert Keys, "Cubic Convolution Interpolation for
# Digital Image Processing", 1981, https://doi.org/10.1109/TASSP.1981.1163711
SHARPNESS = -0.5


def axis_weights(
    backend: Any,
    starts: Any,
    length: int,
    source: Any,
    resized: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    precision: str = "float32",
) -> Any:
    """Returns the matrices that resize an axis and cut a window out of it: `outputs[b] = weights[b] @ inputs[b]`.

    Element i of the window lies at `(starts + i + 1/2) * source / resized - 1/2` of the source, as in
    `keras.ops.image.resize`. Weights fall with the distance from there, and sum to 1 also at the border.

    >>> import keras
    >>> backend = keras.layers.CenterCrop(1, 1).backend
    >>> starts, resized = keras.ops.array([1], dtype="int32"), keras.ops.array([4], dtype="int32")
    >>> print(keras.ops.convert_to_numpy(axis_weights(backend, starts, 2, source=2, resized=resized)))
    [[[0.75 0.25]
      [0.25 0.75]]]

    Args:
        backend: a Keras backend, such as `self.backend` of an `ImageLayer`.
        starts: `(batch,)`, where the window begins on the resized axis, in pixels; int32. Or one integer for all images.
        length: length of the window in pixels.
        source: length of the axis before resizing in pixels.
        resized: `(batch,)`, length of the axis after resizing in pixels; int32. Or one integer.
        interpolation: `"bilinear"` or `"bicubic"`.
        antialias: whether a shrinking axis blurs first, so that no pixel is left out.
        precision: dtype of the weights, `"float32"` or `"float64"`.

    Returns:
        `(batch, length, source)`; the batch is 1 where one matrix serves all.
    """
    ops = backend.numpy
    source_length = backend.cast(source, precision)
    starts, resized = (ops.reshape(backend.convert_to_tensor(values), (-1, 1)) for values in (starts, resized))  # (batch, 1)
    stretch = source_length / backend.cast(resized, precision)
    window = backend.cast(starts, "int32") + ops.arange(length, dtype="int32")  # (batch, length)
    centres = (backend.cast(window, precision) + 0.5) * stretch - 0.5
    distances = ops.expand_dims(centres, 2) - backend.cast(ops.arange(source, dtype="int32"), precision)
    if antialias:
        distances = distances / ops.expand_dims(ops.maximum(stretch, 1.0), 2)
    weights = KERNELS[interpolation](ops, ops.abs(distances))  # (batch, length, source)
    return weights / ops.sum(weights, axis=2, keepdims=True)


def _triangle(ops: Any, distances: Any) -> Any:
    return ops.clip(1.0 - distances, 0.0, 1.0)


def _cubic(ops: Any, distances: Any) -> Any:
    near = ((SHARPNESS + 2) * distances - (SHARPNESS + 3)) * distances * distances + 1
    far = SHARPNESS * (((distances - 5) * distances + 8) * distances - 4)
    return ops.where(distances < 1, near, ops.where(distances < 2, far, 0.0))


KERNELS = {"bilinear": _triangle, "bicubic": _cubic}
