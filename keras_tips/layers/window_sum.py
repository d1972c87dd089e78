"""Sums over a window that moves along one axis, by the way that is fast where it runs."""

from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["banded_sum", "pooled_sum", "window_sum"]

# Channels per matrix product. A whole band matrix of C columns costs C products an element, of which few are not zero;
# blocks of 64 columns cost 64 and the window. But cutting blocks out costs a copy, unless a compiler sees all of it:
# measured over 64 to 512 channels, PyTorch is faster with one product up to 512.
BLOCKS = {"tensorflow": 64, "torch": 512}


def window_sum(x: Any, radius: int, axis: int) -> Any:
    """Returns the sum of each element and its `radius` neighbours to either side along `axis`; beyond the ends are zeros.

    >>> from keras import ops
    >>> print(ops.convert_to_numpy(window_sum(ops.array([[1.0, 2.0, 3.0, 4.0]]), radius=1, axis=1)))
    [[3. 6. 9. 7.]]

    No running sum is used: its difference of two large numbers would lose the small ones.

    Args:
        x: a tensor of floats. The length of `axis` must be known.
        radius: neighbours to either side; 0 gives `x`.
        axis: the axis, counted from the front; not 0.
    """
    if radius == 0:
        return x
    return banded_sum(x, radius, axis) if _matrix_products_are_exact_and_fast() else pooled_sum(x, radius, axis)


def _matrix_products_are_exact_and_fast() -> bool:
    """Whether to multiply with a band matrix: so on CPUs, where TensorFlow's and PyTorch's pooling is slow.

    XLA, through which all of JAX goes, is fast at pooling. On graphics cards matrix products may round their factors to
    ten bits.
    """
    backend = keras.backend.backend()
    return backend == "torch" or (backend == "tensorflow" and keras.distribution.list_devices()[0].startswith("cpu"))


def pooled_sum(x: Any, radius: int, axis: int) -> Any:
    """`window_sum` as an average over the window, times its length."""
    shape, length, size = ops.shape(x), x.shape[axis], 2 * radius + 1
    last = axis == len(shape) - 1
    rows = ops.reshape(x, (-1, length, 1) if last else (-1, length, _product(shape[axis + 1 :])))  # (rows, length, others)
    rows = ops.pad(rows, [[0, 0], [radius, radius], [0, 0]])
    sums = ops.average_pool(rows, size, 1, padding="valid", data_format="channels_last") * size
    return ops.reshape(sums, shape)


def banded_sum(x: Any, radius: int, axis: int) -> Any:
    """`window_sum` as a product with a matrix of ones and zeros, block by block."""
    shape, length = ops.shape(x), x.shape[axis]
    last = axis == len(shape) - 1
    rows = ops.reshape(x, (-1, length) if last else (-1, length, _product(shape[axis + 1 :])))
    sums, block = [], BLOCKS.get(keras.backend.backend(), 64)
    for start in range(0, length, block):
        end = min(start + block, length)
        low, high = max(0, start - radius), min(length, end + radius)
        distance = np.arange(start, end)[:, None] - np.arange(low, high)  # (block, reach)
        band = ops.convert_to_tensor((np.abs(distance) <= radius).astype("float32"), dtype=x.dtype)
        reach = rows if high - low == length else rows[:, low:high]
        sums.append(ops.matmul(reach, ops.transpose(band)) if last else ops.matmul(band, reach))
    return ops.reshape(sums[0] if len(sums) == 1 else ops.concatenate(sums, axis=1), shape)


def _product(lengths: Any) -> Any:
    product = 1
    for length in lengths:
        product = product * length
    return product
