"""The sum of absolute values to a power, whose derivative is never NaN."""

from typing import Any

from keras import ops

__all__ = ["sum_of_powers"]


def sum_of_powers(x: Any, p: float) -> Any:
    """Returns `sum(|x| ** p)`, a number of x's dtype, for `p` above 0. Where x is 0 its derivative is 0.

    >>> from keras import ops
    >>> float(sum_of_powers(ops.array([3.0, -4.0, 0.0]), 2.0))
    25.0
    """
    if p == 2:  # the usual choice, and faster than the general way
        return ops.sum(ops.square(x))
    size = ops.absolute(x)
    away = ops.greater(size, 0)
    if p == 1:  # JAX's derivative of the absolute value at 0 is 1
        return ops.sum(ops.where(away, size, ops.zeros_like(size)))
    # The derivative of a power is infinite at 0 below p = 1, and infinity times 0 is NaN: so 0 stays out of the power.
    powers = ops.where(away, ops.power(ops.where(away, size, ops.ones_like(size)), p), ops.zeros_like(size))
    return ops.sum(powers)
