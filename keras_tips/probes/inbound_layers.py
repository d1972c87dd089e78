"""Which layers each layer of a model reads, nested models flattened."""

from typing import Any

import keras

__all__ = ["inbound_layers"]


def inbound_layers(model: keras.Model) -> dict[str, list[str]]:
    """Returns the name of each layer -> names of the layers that it reads, in no model twice.

    A layer behind a nested model reads the layer that ends it, and the first layers of a nested model read what stands before
    it, through its inputs. Layers of a subclassed model are left out: nobody knows what its `call` does with them.

    >>> inputs = keras.Input((2,), name="in")
    >>> inner = keras.Sequential([keras.layers.Dense(2, name="a"), keras.layers.Dense(2, name="b")])
    >>> sum_of = keras.layers.Add(name="sum")([inputs, inner(inputs)])
    >>> reads = inbound_layers(keras.Model(inputs, sum_of))
    >>> reads["sum"], reads["a"]
    (['in', 'b'], ['in'])
    """
    found: dict[str, list[str]] = {}
    _walk(model, [], found)
    return found


def _walk(model: keras.Model, before: list[str], found: dict[str, list[str]]) -> list[str]:
    """Adds the layers of one model, whose inputs are the outputs of the layers `before`; returns the layers that end it."""
    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            before = _step(layer, before, found)
        return before
    by_depth = getattr(model, "_nodes_by_depth", None)
    if by_depth is None or not getattr(model, "outputs", None):
        return []
    ends: dict[int, list[str]] = {}  # id of an operation -> layers that end it
    known = {id(node) for nodes in by_depth.values() for node in nodes}  # an operation may be part of other models too
    for operation in model.operations:
        parents = [
            name
            for node in operation._inbound_nodes
            if id(node) in known
            for parent in node.parent_nodes
            for name in ends.get(id(parent.operation), [])
        ]
        names = list(dict.fromkeys(parents))
        is_input = isinstance(operation, keras.layers.InputLayer)
        ends[id(operation)] = _step(operation, before if is_input else names, found)
    last = [tensor._keras_history.operation for tensor in keras.tree.flatten(model.outputs)]
    return list(dict.fromkeys(name for operation in last for name in ends.get(id(operation), [])))


def _step(operation: Any, before: list[str], found: dict[str, list[str]]) -> list[str]:
    if isinstance(operation, keras.Model) and operation.layers:
        return _walk(operation, before, found)
    known = found.setdefault(operation.name, [])
    known += [name for name in before if name not in known and name != operation.name]
    return [operation.name]
