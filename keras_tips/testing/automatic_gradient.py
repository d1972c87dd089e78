"""The gradient that the backend works out by itself."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

__all__ = ["automatic_gradient", "value_at"]


def automatic_gradient(total: Callable[[list[Any]], Any], inputs: list[np.ndarray], weights: list[Any]) -> list[np.ndarray]:
    """Returns the gradient of `total(inputs)` for each of `inputs`, then for each of `weights`.

    Keras has no function for it that is the same on every backend, so each backend's own is asked.

    Args:
        total: takes tensors, reads `weights`, returns a scalar.
        inputs: arrays of floating-point numbers.
        weights: trainable `keras.Variable`s.
    """
    way = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    tensors = [keras.ops.convert_to_tensor(array) for array in inputs]
    return [np.asarray(keras.ops.convert_to_numpy(each), "float64") for each in way(total, tensors, weights)]


def value_at(
    total: Callable[[list[Any]], Any], inputs: int, weights: list[Any], others: list[Any]
) -> Callable[[list[np.ndarray]], float]:
    """Returns a function of arrays, first `inputs` inputs and then the values of `weights`, whose value is that of `total`.

    Args:
        total: takes tensors, reads `weights` and `others`, returns a scalar.
        inputs: how many tensors it takes.
        weights: `keras.Variable`s; each call of the function gives them values.
        others: further variables that `total` reads and may change; they keep their values.
    """
    make = _compiled_by_jax if keras.backend.backend() == "jax" else _with_variables
    compute = make(total, weights, others)

    def value(points: list[np.ndarray]) -> float:
        tensors = [keras.ops.convert_to_tensor(point) for point in points]
        return float(keras.ops.convert_to_numpy(compute(tensors[:inputs], tensors[inputs:])))

    return value


def _compiled_by_jax(total: Callable[[list[Any]], Any], weights: list[Any], others: list[Any]) -> Callable[..., Any]:
    """JAX compiles loops anew on each eager call, which takes seconds for a recurrent layer: so all of it is compiled, once."""
    import jax

    @jax.jit
    def compute(tensors: list[Any], values: list[Any], kept: list[Any]) -> Any:
        with keras.StatelessScope(state_mapping=list(zip([*weights, *others], [*values, *kept], strict=True))):
            return total(tensors)

    return lambda tensors, values: compute(tensors, values, [other.value for other in others])


def _with_variables(total: Callable[[list[Any]], Any], weights: list[Any], others: list[Any]) -> Callable[..., Any]:
    kept = [np.array(keras.ops.convert_to_numpy(other)) for other in others]

    def compute(tensors: list[Any], values: list[Any]) -> Any:
        for variable, value in zip([*weights, *others], [*values, *kept], strict=True):
            variable.assign(value)
        return total(tensors)

    return compute


def _tensorflow(total: Callable[[list[Any]], Any], tensors: list[Any], weights: list[Any]) -> list[Any]:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(tensors)
        result = total(tensors)
    sources = [*tensors, *(weight.value for weight in weights)]
    found = tape.gradient(result, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [tf.convert_to_tensor(each) for each in found]  # an embedding's is sparse


def _jax(total: Callable[[list[Any]], Any], tensors: list[Any], weights: list[Any]) -> list[Any]:
    import jax

    def of(tensors: list[Any], values: list[Any]) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(weights, values, strict=True))):
            return total(tensors)

    of_tensors, of_values = jax.grad(of, argnums=(0, 1))(tensors, [weight.value for weight in weights])
    return [*of_tensors, *of_values]


def _torch(total: Callable[[list[Any]], Any], tensors: list[Any], weights: list[Any]) -> list[Any]:
    import torch

    sources = [*(tensor.detach().clone().requires_grad_() for tensor in tensors), *(weight.value for weight in weights)]
    result = total(sources[: len(tensors)])
    if not result.requires_grad:
        return [torch.zeros_like(source) for source in sources]
    found = torch.autograd.grad(result, sources, allow_unused=True)
    return [torch.zeros_like(source) if each is None else each for source, each in zip(sources, found, strict=True)]
