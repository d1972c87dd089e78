"""L2 norms that neither overflow nor vanish, and sums of products, on JAX: one pass over memory, one kernel to compile."""

from collections.abc import Sequence
from typing import Any

__all__ = ["LARGEST", "SMALLEST", "by_blue", "sums"]

SMALLEST, LARGEST = 1e-10, 1e15  # between them, float32 holds the sum of squares, and all squares that matter to it
LIFT = 2.0**80  # brings the squares of what lies outside into what float32 holds
WIDTH = 64  # entries that are summed one by one: few, so that float32 holds their sum to 1e-6


def by_blue(tensors: Sequence[Any], pairs: Sequence[tuple[Any, Any]] = ()) -> tuple[list[Any], list[Any]]:
    """Returns the L2 norms of rows of float32 arrays, and the sums of entry times entry of rows of pairs of them.

    Squares are summed three times at once: as they are, and of entries multiplied with and divided by a large power of two;
    the sum that float32 holds is taken (James L. Blue, "A Portable Fortran Program to Find the Euclidean Norm of a Vector",
    1978). Scaling by the largest entry would take a pass more, and XLA takes its time to compile each pass.

    Args:
        tensors: arrays of one shape (rows, entries).
        pairs: of such arrays.
    """
    from jax import numpy

    if tensors[0].shape[1] == 1:  # XLA takes the scale out of the square of a single number, and it overflows
        return [numpy.abs(tensor[:, 0]) for tensor in tensors], [(one * other)[:, 0] for one, other in pairs]
    scales = (1.0, LIFT, 1 / LIFT)
    squares = [(tensor * scale) ** 2 for tensor in tensors for scale in scales]
    summed = sums([*squares, *(one * other for one, other in pairs)])
    norms = []
    for first in range(0, len(squares), len(scales)):
        plain, lifted, lowered = (numpy.sqrt(summed[first + place]) / scale for place, scale in enumerate(scales))
        norms.append(numpy.where(plain < SMALLEST, lifted, numpy.where(plain > LARGEST, lowered, plain)))
    return norms, summed[len(squares) :]


def sums(arrays: Sequence[Any]) -> list[Any]:
    """Sums of rows of float32 arrays of one shape (rows, entries), by one loop: XLA would make one of each."""
    from jax import lax, numpy

    zeros = (numpy.float32(0),) * len(arrays)

    def added(some: Sequence[Any], others: Sequence[Any]) -> list[Any]:
        return [one + other for one, other in zip(some, others, strict=True)]

    while (entries := arrays[0].shape[1]) > WIDTH:
        missing = -entries % WIDTH
        padded = [numpy.pad(array, ((0, 0), (0, missing))) if missing else array for array in arrays]
        parts = [array.reshape(len(array), -1, WIDTH) for array in padded]
        arrays = lax.reduce(tuple(parts), zeros, added, (2,))
    return list(lax.reduce(tuple(arrays), zeros, added, (1,)))
