"""Value, gradient and products with the Hessian of a function of weights, as the backend works them out by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

__all__ = ["SecondOrder", "second_order"]


@dataclass(frozen=True)
class SecondOrder:
    """A function at a point, up to second order; vectors are flat, of float64, one variable after the other.

    Attributes:
        value: of the function.
        gradient: likewise.
        product: multiplies the Hessian with a vector.
    """

    value: float
    gradient: np.ndarray
    product: Callable[[np.ndarray], np.ndarray]


def second_order(total: Callable[[Any], Any], data: Any, weights: Sequence[Any], others: Sequence[Any] = ()) -> SecondOrder:
    """Returns what `total(data)` is at the present values of `weights`, which nothing is assigned to.

    The products are exact but for rounding: the gradient is differentiated once more. Keras has no function for it that is
    the same on every backend, so each backend's own is asked. What `total` itself assigns is for its caller to keep aside.

    Args:
        total: takes tensors, reads `weights` and `others`, returns a scalar.
        data: nested tensors.
        weights: trainable `keras.Variable`s.
        others: further variables that `total` reads or changes.
    """
    way = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    value, gradient, product = way(total, data, list(weights), list(others))
    shapes = [tuple(weight.shape) for weight in weights]
    return SecondOrder(
        float(keras.ops.convert_to_numpy(value)), _flat(gradient), lambda vector: _flat(product(_parts(vector, shapes)))
    )


def _flat(tensors: list[Any]) -> np.ndarray:
    return np.concatenate([np.asarray(keras.ops.convert_to_numpy(each), "float64").ravel() for each in tensors])


def _parts(vector: np.ndarray, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(vector, ends[:-1]), shapes, strict=True)]


def _tensorflow(total: Callable[[Any], Any], data: Any, weights: list[Any], others: list[Any]) -> tuple[Any, Any, Any]:
    import tensorflow as tf

    values, zero = [weight.value for weight in weights], tf.UnconnectedGradients.ZERO
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            value = total(data)
        found = inner.gradient(value, values, unconnected_gradients=zero)
        gradient = [tf.convert_to_tensor(each) for each in found]  # an embedding's is sparse

    def product(parts: list[np.ndarray]) -> list[Any]:
        along = [tf.convert_to_tensor(part, each.dtype) for part, each in zip(parts, gradient, strict=True)]
        rows = outer.gradient(gradient, values, output_gradients=along, unconnected_gradients=zero)
        return [tf.convert_to_tensor(row) for row in rows]  # the Hessian is symmetric: its rows are its columns

    return value, gradient, product


def _jax(total: Callable[[Any], Any], data: Any, weights: list[Any], others: list[Any]) -> tuple[Any, Any, Any]:
    import jax

    @jax.jit
    def along(values: list[Any], parts: list[Any], kept: list[Any], tensors: Any) -> Any:
        def of(now: list[Any]) -> Any:
            with keras.StatelessScope(state_mapping=list(zip([*weights, *others], [*now, *kept], strict=True))):
                return total(tensors)

        return jax.jvp(jax.value_and_grad(of), (values,), (parts,))

    values, kept = [weight.value for weight in weights], [other.value for other in others]

    def compute(parts: list[np.ndarray]) -> Any:
        like = [jax.numpy.asarray(part, value.dtype) for part, value in zip(parts, values, strict=True)]
        return along(values, like, kept, data)

    value, gradient = compute([np.zeros(value.shape) for value in values])[0]
    return value, gradient, lambda parts: compute(parts)[1][1]


def _torch(total: Callable[[Any], Any], data: Any, weights: list[Any], others: list[Any]) -> tuple[Any, Any, Any]:
    import torch

    values = [weight.value for weight in weights]

    def rows(results: list[Any], along: list[Any] | None, create: bool) -> list[Any]:
        pairs = [(each, part) for each, part in zip(results, along or [None], strict=True) if each.requires_grad]
        found: Any = [None] * len(values)
        if pairs:
            ends, weighted = [each for each, _ in pairs], None if along is None else [part for _, part in pairs]
            found = torch.autograd.grad(ends, values, weighted, retain_graph=True, create_graph=create, allow_unused=True)
        return [torch.zeros_like(value) if each is None else each for value, each in zip(values, found, strict=True)]

    def product(parts: list[np.ndarray]) -> list[Any]:
        along = [
            torch.as_tensor(part, dtype=each.dtype, device=each.device) for part, each in zip(parts, gradient, strict=True)
        ]
        return rows(gradient, along, create=False)

    with torch.enable_grad():
        value = total(data)
        gradient = rows([value], None, create=True)
    return value.detach(), [each.detach() for each in gradient], product
