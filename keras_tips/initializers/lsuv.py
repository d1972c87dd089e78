"""Layer by layer, weights that bring the signal to variance 1."""

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_integer, check_number, invalid
from keras_tips.initializers.layer_variance import LayerVariance
from keras_tips.initializers.orthonormal import orthonormal
from keras_tips.initializers.watched_calls import watched_calls, without_activation

__all__ = ["lsuv"]

SEED_BITS = 31  # the widest seed that every backend takes


def lsuv(
    model: keras.layers.Layer, x: Any, tolerance: float = 0.01, max_iterations: int = 10, seed: int | None = None
) -> tuple[LayerVariance, ...]:
    """Sets the kernels of `model` so that each layer, given the batch `x`, has outputs of variance 1 before its activation.

    Layer-sequential unit-variance initialization. In the order in which data flows, each kernel becomes a random
    orthonormal matrix, and is then divided by the standard deviation of what the layer gives to its activation, until the
    variance, taken over all examples and units, is within `tolerance` of 1. It needs no formula for the activation: what
    the layers before make of the data is measured. As in the paper, differences between units count like those between
    examples. So it does not help against activations whose mean is far from 0, such as sigmoid.

    All is done in one forward pass, in which each layer is set before its outputs go on, after one that measures the
    variances as they were. Both are in inference mode: dropout is off, and normalization uses its stored statistics.

    Set are layers with a kernel: dense, convolutional (the separable ones by their pointwise kernel), EinsumDense, the
    projections of attention layers, and the Maxout layers of this package, whose maximum counts as the output. A layer that
    is called several times is set at its first call. Left as they are: biases, frozen kernels, recurrent layers, and layers
    without a kernel. A model that is not built is built.

    Args:
        model: a model or layer of any kind: Sequential, functional, subclassed, nested. It is changed in place.
        x: one batch as the model takes it: an array, or a list, tuple or dict of arrays. Some hundred examples are enough.
        tolerance: largest accepted distance of the variance from 1, above 0.
        max_iterations: how often a kernel is rescaled at most; at least 1. Without biases once is enough.
        seed: a whole number, which gives the same kernels each time, or None.

    Returns:
        For each layer that was set, in the order of the data: its name, the variance before and the variance after.

    Raises:
        ValueError: an argument is invalid; the model has no kernel to set; the outputs of a layer do not vary or are not
            finite; biases keep a variance from reaching 1. Weights are then as they were.

    Example:

    >>> import keras
    >>> from keras_tips.initializers import lsuv
    >>> layers = [keras.layers.Dense(32, "relu", name=name) for name in ("first", "second")]
    >>> model = keras.Sequential([keras.Input((16,)), *layers])
    >>> x = keras.random.normal((64, 16), seed=0)
    >>> [(layer, round(after, 2)) for layer, before, after in lsuv(model, x, seed=0)]
    [('first', 1.0), ('second', 1.0)]

    Reference:
        Dmytro Mishkin, Jiri Matas: "All you need is a good init", 2015, https://arxiv.org/abs/1511.06422
    """
    if not isinstance(model, keras.layers.Layer):
        raise invalid("model", "a Keras model or layer", model)
    tolerance = check_number("tolerance", tolerance, 0.0, low_open=True)
    max_iterations = check_integer("max_iterations", max_iterations, 1)
    draw = random if seed is None else random.Random(check_integer("seed", seed, 0))
    x = keras.tree.map_structure(_batch, x)
    layers = _layers(model, x)
    with _all_or_nothing(layers):
        before = _sweep(model, x, layers, lambda layer, measure: measure())
        after = _sweep(model, x, layers, partial(_settle, draw=draw, tolerance=tolerance, max_iterations=max_iterations))
    return tuple(LayerVariance(layer.name, before[layer], after[layer]) for layer in after)


def _batch(part: Any) -> Any:
    """One array of the batch, checked."""
    expected = "one batch of finite numbers: an array, or a list, tuple or dict of arrays"
    array = keras.ops.convert_to_numpy(part) if hasattr(part, "shape") else np.asarray(None)
    if array.dtype.kind not in "biuf" and str(array.dtype) != "bfloat16":
        raise invalid("x", expected, part, "Make arrays of it; of a data set, take one batch.")
    if array.ndim == 0 or array.size == 0:
        raise invalid("x", expected, part, "An empty array says nothing about variance." if array.ndim else "")
    if not np.isfinite(array.astype("float64")).all():
        raise invalid("x", expected, part, "Remove what is NaN or infinite.")
    return part


def _layers(model: Any, x: Any) -> list[Any]:
    """The layers that have kernels to set. Keras has no public way to layers within layers."""
    if not all(layer.built for layer in model._flatten_layers()):
        model(x, training=False)
    everything = model._flatten_layers()
    recurrent = [layer for layer in everything if isinstance(layer, keras.layers.RNN)]
    cells = {id(cell) for layer in recurrent for cell in layer._flatten_layers(include_self=False)}
    layers = [layer for layer in everything if _kernels(layer) and id(layer) not in cells]
    if not layers:
        raise invalid("model", "a model with a kernel that is trainable and not recurrent", model.name)
    return layers


def _kernels(layer: Any) -> list[keras.Variable]:
    """What is set in a layer; the last one is also scaled."""
    for names in (("kernel",), ("depthwise_kernel", "pointwise_kernel")):
        kernels = [getattr(layer, name, None) for name in names]
        if all(isinstance(kernel, keras.Variable) and kernel.trainable and len(kernel.shape) > 1 for kernel in kernels):
            return kernels
    return []


def _sweep(
    model: Any, x: Any, layers: list[Any], visit: Callable[[Any, Callable[[], float]], float]
) -> dict[keras.layers.Layer, float]:
    """Runs `model` once. At each layer's first call, `visit` gets the layer and what measures its variance on its inputs."""
    variances: dict[keras.layers.Layer, float] = {}
    failures: list[ValueError] = []

    def watch(layer: Any, call: Callable[[], Any]) -> Any:
        if layer not in variances and not failures:
            try:
                variances[layer] = visit(layer, partial(_variance, layer, call))
            except ValueError as error:  # raised from here it would arrive in Keras's words about a failed call
                failures.append(error)
        return call()

    with watched_calls(layers, watch):
        model(x, training=False)
    if failures:
        raise failures[0]
    return variances


def _variance(layer: Any, call: Callable[[], Any]) -> float:
    with without_activation(layer):
        outputs = keras.ops.convert_to_numpy(call())
    return float(np.var(outputs.astype("float64")))


def _settle(layer: Any, measure: Callable[[], float], draw: Any, tolerance: float, max_iterations: int) -> float:
    """Sets a layer's kernels, and returns the variance reached."""
    equation = layer.equation if isinstance(layer, keras.layers.EinsumDense) else None
    for kernel in _kernels(layer):
        directions = orthonormal(tuple(kernel.shape), draw.getrandbits(SEED_BITS), equation)
        _Assignment(kernel)(directions)
    scale, variance = 1.0, measure()
    for _ in range(max_iterations):
        if abs(variance - 1) <= tolerance:
            break
        if variance == 0 or not math.isfinite(variance):
            cure = "Give a batch whose rows differ, and see that the layers before pass on what differs."
            raise ValueError(
                f"The outputs of layer {layer.name!r} have variance {variance:g} on `x`; no factor makes it 1. {cure}"
            )
        scale /= math.sqrt(variance)
        _Assignment(kernel)(directions * scale)
        variance = measure()
    if abs(variance - 1) > tolerance:
        found = f"The variance of layer {layer.name!r} is {variance:.3g} after {max_iterations} rescalings of its kernel"
        raise ValueError(f"{found}, not within {tolerance:g} of 1. Set its biases to 0, or raise `tolerance`.")
    return variance


class _Assignment(keras.layers.Layer):
    """Assigns to a variable within the call of another layer, in the variable's own precision.

    There, in mixed precision, a variable shows itself in half precision, and with PyTorch an assignment would go to that
    copy and be lost. A layer without autocasting ends this for as long as it is called.
    """

    def __init__(self, variable: keras.Variable) -> None:
        super().__init__(autocast=False)
        self.assign = variable.assign

    def call(self, value: Any) -> Any:
        self.assign(value)
        return value


@contextmanager
def _all_or_nothing(layers: list[Any]) -> Iterator[None]:
    """Puts kernels back as they were, if what it encloses fails."""
    kernels = [kernel for layer in layers for kernel in _kernels(layer)]
    kept = [np.array(keras.ops.convert_to_numpy(kernel)) for kernel in kernels]
    try:
        yield
    except BaseException:
        for kernel, value in zip(kernels, kept, strict=True):
            kernel.assign(value)
        raise
