"""What is measured of a large variable's step on JAX, in one pass over memory instead of one for each number."""

import math
from typing import Any, NamedTuple

import keras
from keras import ops

from keras_tips.probes.norm import LARGE, LARGEST, SMALLEST, branches_wait, norm

__all__ = ["Sizes", "in_one_pass"]

WIDTHS = range(64, 15, -1)  # entries that are summed one by one: few, so that float32 holds their sum to 1e-6


class Sizes(NamedTuple):
    """Of one variable in one step: L2 norms, and the sum of gradient times change, as float32 scalars."""

    gradient: Any
    before: Any
    change: Any
    slope: Any


def in_one_pass(gradient: Any, before: Any, after: Any) -> Sizes | None:
    """Returns the sizes; None where separate passes are right: small, float64, of an odd length, not on JAX, on a GPU.

    XLA makes a loop of its own of each sum on a CPU, and what bounds them is how fast memory is read.
    """
    if keras.backend.backend() != "jax" or any(tensor is None for tensor in (gradient, before, after)) or branches_wait():
        return None
    entries = math.prod(before.shape)
    width = next((width for width in WIDTHS if entries % width == 0), None)
    if entries < LARGE or width is None or any("float64" in str(tensor.dtype) for tensor in (gradient, before, after)):
        return None
    pull, start, end = (ops.cast(tensor, "float32") for tensor in (gradient, before, after))
    *squares, slope = _sums(*(ops.reshape(tensor, (-1, width)) for tensor in (pull, start, end)))
    plain = ops.sqrt(ops.stack(squares))
    enough = ops.all(ops.logical_and(plain > SMALLEST, plain < LARGEST))
    sizes = ops.cond(enough, lambda: plain, lambda: ops.stack([norm(pull), norm(start), norm(end - start)]))
    return Sizes(sizes[0], sizes[1], sizes[2], slope)


def _sums(gradient: Any, before: Any, after: Any) -> list[Any]:
    """Sums over (rows, width): squares of gradient, variable and change, and gradient times change."""
    from jax import lax, numpy

    change = after - before
    products = (gradient * gradient, before * before, change * change, gradient * change)
    zeros = (numpy.float32(0),) * len(products)
    rows = lax.reduce(products, zeros, lambda left, right: [one + other for one, other in zip(left, right, strict=True)], (1,))
    return [numpy.sum(row) for row in rows]
