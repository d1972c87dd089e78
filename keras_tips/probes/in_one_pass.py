"""What is measured of each variable's step on JAX, in one pass over memory instead of one for each number."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from keras import ops

from keras_tips.probes.blue import LARGEST, SMALLEST, by_blue, sums
from keras_tips.probes.norm import LARGE, branches_wait

__all__ = ["Sizes", "in_one_pass"]


class Sizes(NamedTuple):
    """Of variables in one step: L2 norms, and sums of gradient times change; float32, shape (variables,)."""

    gradient: Any
    before: Any
    change: Any
    slope: Any


def in_one_pass(gradients: Sequence[Any], before: Sequence[Any], after: Sequence[Any]) -> tuple[list[int], Sizes] | None:
    """Returns places of variables, and their sizes in this order; None where nothing is to be had.

    Left out are float64 and variables without entries; on a GPU and on other backends, separate passes are right. XLA makes a
    loop of its own of each sum on a CPU: it compiles each, which takes time and memory, and what bounds them is how fast memory
    is read. So small variables with the same number of entries share one.
    """
    if keras.backend.backend() != "jax" or branches_wait():
        return None
    alike = defaultdict(list)  # entries, and for a large variable its place -> places
    for place, tensors in enumerate(zip(gradients, before, after, strict=True)):
        entries = math.prod(tensors[1].shape)
        if entries and not any("float64" in str(tensor.dtype) for tensor in tensors):
            alike[entries, place if entries >= LARGE else None].append(place)
    found = []
    for (entries, _), places in alike.items():
        pull, start, end = (_rows([tensors[place] for place in places]) for tensors in (gradients, before, after))
        found.append((_of_many if entries >= LARGE else _of_few)(pull, start, end))
    if not found:
        return None
    sizes = Sizes(*(_once(ops.concatenate(parts)) for parts in zip(*found, strict=True)))
    return [place for places in alike.values() for place in places], sizes


def _once(tensor: Any) -> Any:
    """The same, in JAX: else XLA would write out the way to it for each reader."""
    import jax

    return jax.lax.optimization_barrier(tensor)


def _rows(tensors: Sequence[Any]) -> Any:
    """Float32, shape (variables, entries)."""
    flat = [ops.reshape(ops.cast(tensor, "float32"), (1, -1)) for tensor in tensors]
    return _once(ops.concatenate(flat)) if len(flat) > 1 else flat[0]


def _of_few(pull: Any, start: Any, end: Any) -> list[Any]:
    """From three sums of squares each."""
    change = end - start
    norms, slopes = by_blue([pull, start, change], [(pull, change)])
    return norms + slopes


def _of_many(pull: Any, start: Any, end: Any) -> list[Any]:
    """From one sum of squares each where these will do: for many entries, arithmetic costs more."""
    change = end - start  # within the one loop; what a branch is given would be written to memory first
    *squares, slope = sums([pull * pull, start * start, change * change, pull * change])
    plain = ops.sqrt(ops.stack(squares))
    enough = ops.all(ops.logical_and(plain > SMALLEST, plain < LARGEST))
    return list(ops.cond(enough, lambda: [*plain, slope], lambda: _of_few(pull, start, end)))
