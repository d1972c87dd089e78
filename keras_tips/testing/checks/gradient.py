"""The backend's gradient against differences of the outputs."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_tips.testing.arrays import difference, is_float, to_numpy
from keras_tips.testing.automatic_gradient import automatic_gradient, value_at
from keras_tips.testing.defect import Defect
from keras_tips.testing.double_precision import double_precision
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["gradient"]

DIRECTIONS = 2  # for each input and weight; a wrong gradient that agrees with two random directions is a rare one
# Tried in turn, until one agrees. A small step does not cross the kink of a ReLU; a large one drowns the rounding of a layer
# that computes in float32 somewhere. A wrong gradient agrees with none.
STEPS = (1e-4, 1e-6, 1e-2, 1e-3)
RELATIVE = 1e-3  # of the derivative
OF_LONGEST = 1e-4  # of the longest gradient among inputs and weights: where a derivative is zero, rounding is all there is
ROUNDING = 1e-7  # where all gradients are zero
NUDGE = 1e-2  # moves the inputs off zeros and ties, where a ReLU or a maximum has no derivative
SEED = 3


def gradient(subject: Subject) -> None:
    """The derivative along random directions, of inputs and trainable weights, equals central differences in float64.

    What is derived is a sum of the outputs with random factors, at inference and, where nothing is random, in training.
    """
    if not all(map(is_float, subject.outputs)):
        raise NotExamined("the outputs are no floating-point numbers")
    subject.need_values()
    with double_precision():
        for mode in _modes(subject):
            _examine(subject, mode)


def _modes(subject: Subject) -> list[dict[str, bool]]:
    """Inference; training too, unless it is random or changes what the next call returns."""
    if not subject.has_modes:
        return [{}]
    layer = subject.twin()
    seeds = _seeds(layer)
    steady = difference(subject.call(layer, training=True), subject.call(layer, training=True)) is None
    return [{"training": False}, *([{"training": True}] if steady and difference(_seeds(layer), seeds) is None else [])]


def _seeds(layer: keras.layers.Layer) -> list[np.ndarray]:
    """The states of the seed generators: they move on when random numbers are drawn."""
    weights = {id(weight) for weight in layer.weights}
    return [np.array(array) for array in to_numpy([each for each in layer.variables if id(each) not in weights])]


def _examine(subject: Subject, mode: dict[str, bool]) -> None:
    layer = subject.twin(dtype="float64")
    total, inputs = _weighted_sum(subject, layer, mode), _nudged(subject)
    weights = [weight for weight in layer.trainable_weights if is_float(weight)]
    points = [*inputs, *(np.asarray(keras.ops.convert_to_numpy(weight), "float64") for weight in weights)]
    names = [*("the inputs" for _ in inputs), *(f"the weight {weight.name!r}" for weight in weights)]
    exact = automatic_gradient(total, inputs, weights)
    value = value_at(total, len(inputs), weights, layer.non_trainable_variables)
    allowed = ROUNDING + OF_LONGEST * max((float(np.linalg.norm(each)) for each in exact), default=0.0)
    random = np.random.default_rng(SEED)
    for place, name in enumerate(names):
        for _ in range(DIRECTIONS):
            direction = random.standard_normal(points[place].shape)
            along = float(np.sum(exact[place] * direction))
            guess = _disagreement(along, lambda change, place=place: value(_moved(points, place, change)), direction, allowed)
            if guess is not None:
                when = "in training" if mode.get("training") else "at inference"
                told = f"the derivative of {name} {when} along a random direction, {guess:.6g} by differences"
                cure = "Look for stop_gradient, a custom gradient, or a detour through NumPy or whole numbers."
                raise Defect(f"Expected {told}. Received {along:.6g} from the backend. {cure}")


def _disagreement(along: float, value: Callable[[np.ndarray], float], direction: np.ndarray, allowed: float) -> float | None:
    """The derivative by differences, where no step gives one that agrees; else None."""
    guesses = []
    for step in STEPS:
        guess = (value(step * direction) - value(-step * direction)) / (2 * step)
        if abs(along - guess) <= allowed + RELATIVE * max(abs(along), abs(guess)):
            return None
        guesses.append(guess)
    return guesses[0]


def _moved(points: list[np.ndarray], place: int, change: np.ndarray) -> list[np.ndarray]:
    return [point + change if at == place else point for at, point in enumerate(points)]


def _nudged(subject: Subject) -> list[np.ndarray]:
    """The inputs that have a gradient."""
    random = np.random.default_rng(SEED)
    arrays = [array.astype("float64") for array in keras.tree.flatten(subject.inputs) if is_float(array)]
    return [array + NUDGE * random.random(array.shape) for array in arrays]


def _weighted_sum(subject: Subject, layer: keras.layers.Layer, mode: dict[str, bool]) -> Callable[[list[Any]], Any]:
    """A scalar function of the inputs that have a gradient."""
    random = np.random.default_rng(SEED)
    factors = [random.standard_normal(array.shape) for array in subject.outputs]

    def total(tensors: list[Any]) -> Any:
        left = iter(tensors)
        inputs = keras.tree.map_structure(
            lambda array: next(left) if is_float(array) else keras.ops.convert_to_tensor(array), subject.inputs
        )
        outputs = keras.tree.flatten(subject.apply(layer, inputs, **mode))
        return sum(
            keras.ops.sum(output * keras.ops.cast(factor, output.dtype))
            for output, factor in zip(outputs, factors, strict=True)
        )

    return total
