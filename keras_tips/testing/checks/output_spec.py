"""What the layer says about its outputs before it computes them."""

from typing import Any

import keras
import numpy as np

from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["output_spec"]


def output_spec(subject: Subject) -> None:
    """Symbolic outputs and `compute_output_shape` agree with what comes out, in shape and dtype.

    Both are asked for a batch of any size, as `keras.Input` does it. A length that is None fits any length.
    """
    actual = [array.shape for array in subject.outputs]
    if subject.expected_output_shape is not None:
        _compare("`expected_output_shape`", shapes(subject.expected_output_shape), actual, "Change the layer or the test.")
    told_shapes = computed_shapes(subject)
    if told_shapes is not None:
        _compare("compute_output_shape", told_shapes, actual, "Correct compute_output_shape.")
    symbols = keras.tree.flatten(subject.apply(subject.layer, subject.symbolic()))
    _compare("A symbolic call", [tuple(symbol.shape) for symbol in symbols], actual, "Correct compute_output_spec.")
    for symbol, array in zip(symbols, subject.outputs, strict=True):
        told, found = (keras.backend.standardize_dtype(each.dtype) for each in (symbol, array))
        if told != found:
            raise Defect(f"A symbolic call says dtype {told}, the outputs have {found}. Correct compute_output_spec.")


def computed_shapes(subject: Subject) -> list[tuple[int | None, ...]] | None:
    """What `compute_output_shape` says for a batch of any size, flat; None where the layer has no such method."""
    free = keras.tree.map_structure(lambda array: _Shape((None, *array.shape[1:])), subject.inputs)
    try:
        if isinstance(free, dict):
            told = subject.layer.compute_output_shape(**{f"{name}_shape": each.lengths for name, each in free.items()})
        else:
            told = subject.layer.compute_output_shape(keras.tree.map_structure(lambda each: each.lengths, free))
    except NotImplementedError:  # Keras's answer of a layer that leaves it to tracing `call`
        return None
    return shapes(told)


class _Shape:
    """A shape that `keras.tree` does not take apart."""

    def __init__(self, lengths: tuple[int | None, ...]) -> None:
        self.lengths = lengths


def shapes(structure: Any) -> list[tuple[int | None, ...]]:
    """Returns the shapes in a list, tuple or dict of shapes.

    >>> shapes([(2, 3), [(None, 4)]])
    [(2, 3), (None, 4)]
    """
    if isinstance(structure, dict):
        return [shape for name in sorted(structure) for shape in shapes(structure[name])]
    if all(length is None or isinstance(length, (int, np.integer)) for length in structure):
        return [tuple(structure)]
    return [shape for part in structure for shape in shapes(part)]


def _compare(who: str, told: list[tuple[int | None, ...]], actual: list[tuple[int, ...]], cure: str) -> None:
    if len(told) != len(actual) or not all(_fits(*pair) for pair in zip(told, actual, strict=True)):
        raise Defect(f"{who} says {_written(told)}, the outputs have {_written(actual)}. {cure}")


def _fits(told: tuple[int | None, ...], actual: tuple[int, ...]) -> bool:
    return len(told) == len(actual) and all(one is None or one == other for one, other in zip(told, actual, strict=True))


def _written(several: Any) -> str:
    return f"shape {several[0]}" if len(several) == 1 else f"shapes {several}"
