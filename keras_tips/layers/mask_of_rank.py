"""A mask beside what it masks."""

from typing import Any

from keras import ops

__all__ = ["mask_of_rank"]


def mask_of_rank(mask: Any, rank: int) -> Any:
    """Returns `mask` with axes of length 1 behind its own, so that it can be laid over a tensor of `rank` axes.

    >>> mask_of_rank(ops.ones((2, 3), dtype="bool"), rank=4).shape == (2, 3, 1, 1)
    True
    """
    while len(mask.shape) < rank:
        mask = ops.expand_dims(mask, -1)
    return mask
