"""Initializers for several parts of one layer, so that no two of them begin with the same weights."""

import copy
import random
from typing import Any

__all__ = ["parted_initializers"]

SEED_BITS = 31  # the widest seed that every backend takes


def parted_initializers(initializer: Any, count: int) -> list[Any]:
    """Returns `count` initializers like `initializer`, none of which repeats another's random numbers.

    A Keras initializer that has no seed draws one when it is made, and gives the same values on each call from then on.
    So parts of one shape that share an initializer, such as the pieces of a maxout unit or the convolutions of a block, would
    begin as copies of each other. Here the first keeps its seed; each further one takes a seed drawn from it, so that one
    seed still gives one set of weights.

    >>> import keras
    >>> first, second = parted_initializers(keras.initializers.HeNormal(seed=7), 2)
    >>> first.seed, second.seed == 7
    (7, False)

    Args:
        initializer: an initializer of Keras, or a function of shape and dtype. Without an integer as `seed`, there is
            nothing to part: it is returned `count` times.
        count: number of parts.
    """
    seed = getattr(initializer, "seed", None)
    if not isinstance(seed, int):
        return [initializer] * count
    draw = random.Random(seed)  # not seed + 1, seed + 2: those are the seeds people give to the next layers
    others = [copy.copy(initializer) for _ in range(count - 1)]
    for other in others:
        other.seed = draw.getrandbits(SEED_BITS)
    return [initializer, *others]
