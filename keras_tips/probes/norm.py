"""The L2 norm, safe where squares would overflow or vanish, and the sum of products."""

import math
from typing import Any

import keras
from keras import ops

from keras_tips.probes.blue import LARGEST, SMALLEST, by_blue

__all__ = ["LARGE", "branches_wait", "norm", "product"]

LARGE = 2**14  # entries, for which passes cost more than a branch


def norm(tensor: Any) -> Any:
    """Returns sqrt(sum of squares) as a float32 scalar; float64 tensors are summed in float64.

    Vanishing gradients are the point of measuring, and the square of 1e-25 is 0 in float32. So where squares do not do, the
    tensor is divided by its largest entry first, as BLAS's `nrm2` does (Charles L. Lawson and others, "Basic Linear Algebra
    Subprograms for Fortran Usage", 1979), or summed as `by_blue` says. NaN and infinity come through.
    """
    if 0 in tensor.shape:
        return ops.zeros((), "float32")
    if keras.backend.backend() == "torch":
        return _by_torch(tensor)
    if "float64" not in str(tensor.dtype):
        tensor = ops.cast(tensor, "float32")
    known = None not in tensor.shape and not branches_wait()
    if known and math.prod(tensor.shape) >= LARGE:
        return ops.cast(_of_many(tensor), "float32")
    if known and keras.backend.backend() == "jax" and "float64" not in str(tensor.dtype):
        return by_blue([ops.reshape(tensor, (1, -1))])[0][0][0]
    return ops.cast(_scaled(tensor), "float32")


def product(one: Any, other: Any) -> Any:
    """Returns the sum of entry times entry, as a scalar in the better precision of the two."""
    kind = "float64" if "float64" in f"{one.dtype} {other.dtype}" else "float32"
    one, other = ops.cast(one, kind), ops.cast(other, kind)
    if keras.backend.backend() == "torch":
        return one.reshape(-1).dot(other.reshape(-1))  # without the product of all entries in memory
    if keras.backend.backend() == "tensorflow" and None not in one.shape and math.prod(one.shape) >= LARGE:
        import tensorflow as tf

        rows = (ops.reshape(each, (1, -1)) for each in (one, other))
        return ops.reshape(tf.matmul(*rows, transpose_b=True), ())  # likewise; row by column takes three times as long
    return ops.sum(one * other)


def _scaled(tensor: Any) -> Any:
    largest = ops.max(ops.abs(tensor))
    usable = ops.logical_and(ops.isfinite(largest), largest > 0)
    scale = ops.where(usable, largest, ops.ones_like(largest))
    return scale * ops.sqrt(ops.sum(ops.square(tensor / scale)))


def _of_many(tensor: Any) -> Any:
    """One pass where that will do: scaling takes two on JAX, and five on TensorFlow without XLA, as is usual on a CPU."""
    plain = ops.sqrt(_sum_of_squares(tensor))
    enough = ops.logical_and(plain > SMALLEST, plain < LARGEST)
    return ops.cond(enough, lambda: plain, lambda: _scaled(tensor))


def _sum_of_squares(tensor: Any) -> Any:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return 2 * tf.nn.l2_loss(tensor)  # without XLA, squares would take a pass of their own
    return ops.sum(ops.square(tensor))


def branches_wait() -> bool:
    """Whether this computes on a GPU: there a branch waits until the host knows which, and a pass costs next to nothing."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return bool(tf.config.list_logical_devices("GPU"))
    import jax

    return jax.default_backend() != "cpu"


def _by_torch(tensor: Any) -> Any:
    """One pass where that will do. Without a compiler, passes cost what they cost, and so does each call of `keras.ops`."""
    import torch

    if tensor.is_cuda:  # where asking for the number would wait for the GPU, and float64 holds every square
        return torch.linalg.vector_norm(tensor, dtype=torch.float64).to(torch.float32)
    tensor = tensor if tensor.dtype == torch.float64 else tensor.to(torch.float32)
    plain = torch.linalg.vector_norm(tensor)
    return (plain if SMALLEST < plain.item() < LARGEST else _scaled(tensor)).to(torch.float32)
