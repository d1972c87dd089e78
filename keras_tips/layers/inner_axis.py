"""An axis of one example, never the axis along which examples stand."""

from typing import Any

from keras_tips._base.arguments import check_integer, invalid

__all__ = ["inner_axis"]


def inner_axis(name: str, axis: Any, rank: int | None = None) -> int:
    """Returns `axis` as a non-negative number, or as it is where the rank is not known yet.

    >>> inner_axis("axis", -1, rank=4)
    3

    Args:
        name: what the argument is called, for the error.
        axis: the axis; negative ones count from the end.
        rank: number of axes of the inputs, the batch included; None before the layer has seen inputs.

    Raises:
        ValueError: `axis` is no whole number, lies outside of the inputs, or is the batch axis.
    """
    axis = check_integer(name, axis)
    if rank is None:
        if axis == 0:
            raise invalid(name, "an axis other than 0, the batch", axis, "Axis 1 is the first axis of one example.")
        return axis
    if not -rank <= axis < rank or axis % rank == 0:
        expected = f"an axis from 1 to {rank - 1}, or from {1 - rank} to -1" if rank > 1 else "inputs of two axes or more"
        raise invalid(name, expected, axis, f"Rank of the inputs: {rank}, where axis 0 is the batch.")
    return axis % rank
