"""Which inputs go into an embedding."""

from typing import Any

import keras

__all__ = ["embedded_inputs"]


def embedded_inputs(model: keras.Model, count: int = 1) -> list[bool]:
    """Returns, per input, whether an embedding looks its numbers up, so that they are names and not amounts.

    Args:
        model: any model. Where its inputs are not known, as in a subclassed model, every input counts as embedded if any
            of its layers is an embedding.
        count: how many inputs there are, where the model does not say so.

    Example:

    >>> import keras
    >>> embedded_inputs(keras.Sequential([keras.Input((5,)), keras.layers.Embedding(100, 8)]))
    [True]
    """
    inputs = getattr(model, "inputs", None)
    if not inputs or len(inputs) != count:
        return [any(_looks_up(layer) for layer in model.layers)] * count
    return [_reaches_embedding(tensor) for tensor in inputs]


def _reaches_embedding(tensor: Any) -> bool:
    """Follows the tensor forward through operations without weights, which only move or cast it."""
    left, seen = [tensor], set()
    while left:
        current = left.pop()
        for operation, outputs in _consumers(current):
            if _looks_up(operation):
                return True
            if id(operation) not in seen and not getattr(operation, "weights", None):
                seen.add(id(operation))
                left += outputs
    return False


def _consumers(tensor: Any) -> list[tuple[Any, list[Any]]]:
    """(operation, its outputs) for every use of a symbolic tensor."""
    producer = tensor._keras_history.operation
    nodes = [node for node in producer._outbound_nodes if any(source is tensor for source in node.input_tensors)]
    return [(node.operation, list(node.outputs)) for node in nodes]


def _looks_up(operation: Any) -> bool:
    """Whether it is an embedding, or a nested model or block that holds one."""
    if "Embedding" in type(operation).__name__:
        return True
    inner = operation._flatten_layers(include_self=False) if isinstance(operation, keras.layers.Layer) else ()
    return any("Embedding" in type(layer).__name__ for layer in inner)
