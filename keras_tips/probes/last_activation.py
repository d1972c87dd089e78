"""Which activation a model's outputs end with, also where a layer of its own applies it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from keras_tips.probes.activation_name import activation_name

__all__ = ["LastActivation", "last_activations"]

# What changes the place of numbers, but not the numbers.
PASSING = (
    *("InputLayer", "Flatten", "Reshape", "Permute", "Identity", "Cast", "Squeeze", "ExpandDims", "Transpose", "RepeatVector"),
    *("Cropping1D", "Cropping2D", "Cropping3D", "Dropout", "ActivityRegularization", "GetItem"),
)


@dataclass(frozen=True)
class LastActivation:
    """How one output of a model ends.

    Attributes:
        output: name of the output.
        operation: the layer or operation that applies the last activation, or ends the output without one.
        activation: its name, None where there is none.
        units: width of the output's last axis, None where it is not known.
    """

    output: str
    operation: Any
    activation: str | None
    units: int | None


def last_activations(model: keras.Model) -> list[LastActivation]:
    """Returns how each output ends, in the order of `model.outputs`.

    The graph of a functional model, or of a Sequential one that knows its inputs, is followed back from the output through
    layers that pass numbers on, such as Reshape, Dropout, or a linear Activation that only casts. Without a graph the
    list of layers stands for it.
    """
    outputs = getattr(model, "outputs", None)
    if outputs:
        return [_of_tensor(name, tensor) for name, tensor in zip(_names(model, outputs), outputs, strict=True)]
    layers = _flat(model)
    if not layers:
        return []
    end = next((layer for layer in reversed(layers) if not _passing(layer)), layers[-1])
    return [LastActivation(layers[-1].name, end, activation_name(end), None)]


def _names(model: keras.Model, outputs: Sequence[Any]) -> list[str]:
    names = getattr(model, "output_names", None)
    if names is None:  # a Sequential model has one output, named as its last layer
        return [model.layers[-1].name]
    return [str(name) for name in names][: len(outputs)]


def _of_tensor(name: str, tensor: Any) -> LastActivation:
    units = tensor.shape[-1] if len(tensor.shape) > 1 else None
    operation = _origin(tensor)
    return LastActivation(name, operation, activation_name(operation), units if isinstance(units, int) else None)


def _origin(tensor: Any) -> Any:
    """The operation behind a symbolic tensor that decides about the range of its numbers."""
    history = tensor._keras_history
    operation = history.operation
    inner = getattr(operation, "outputs", None) if isinstance(operation, keras.Model) else None
    if inner:
        return _origin(inner[history.tensor_index])
    sources = operation._inbound_nodes[history.node_index].input_tensors
    return _origin(sources[0]) if _passing(operation) and len(sources) == 1 else operation


def _passing(operation: Any) -> bool:
    kind = type(operation).__name__
    return kind in PASSING or (kind == "Activation" and activation_name(operation) == "linear")


def _flat(model: keras.Model) -> list[Any]:
    """The layers of a model, those of nested models in their place."""
    return [part for layer in model.layers for part in (_flat(layer) if isinstance(layer, keras.Model) else [layer])]
