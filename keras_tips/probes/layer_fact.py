"""What is known of one layer before it is trained."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_tips.probes.activation_name import activation_name
from keras_tips.probes.kernel_start import frozen_by_hand, kernel_start
from keras_tips.records.facts import LayerFact

__all__ = ["layer_fact", "width_of"]

# The last word of a variable's path -> what kind of weight a regularizer there pulls at; everything else is a kernel.
KINDS = {"bias": "bias", "beta": "bias", "gamma": "scale", "scale": "scale", "recurrent_kernel": "recurrent"}


def layer_fact(operation: Any, inbound: Sequence[str] = (), output: bool = False) -> LayerFact:
    """Returns the fact of one layer, or of one operation of a functional model that is no layer.

    Args:
        operation: built or not; what is not built has no weights yet.
        inbound: names of the layers that it reads.
        output: whether its result is an output of the model.

    Example:

    >>> layer = keras.layers.Dense(3, "relu", kernel_regularizer="l2")
    >>> layer.build((None, 2))
    >>> fact = layer_fact(layer)
    >>> fact["fan_in"], fact["regularized"], fact["fresh"]
    (2, ['kernel'], True)
    """
    kernel = kernel_start(operation)
    trainable = list(getattr(operation, "trainable_variables", ()))
    return LayerFact(
        name=operation.name,
        kind=type(operation).__name__,
        activation=activation_name(operation),
        units=width_of(operation),
        parameters=sum(math.prod(weight.shape) for weight in getattr(operation, "weights", ())),
        trainable=bool(getattr(operation, "trainable", False)),
        variables=[variable.path for variable in trainable],
        output=output,
        path=getattr(operation, "path", None) or operation.name,
        inbound=list(inbound),
        rate=_number(operation, "rate", "stddev"),
        momentum=_number(operation, "momentum") if "BatchNormalization" in type(operation).__name__ else None,
        fan_in=kernel.fan_in,
        fan_out=kernel.fan_out,
        frozen=_frozen(operation),
        fresh=kernel.fresh,
        identical_units=kernel.identical,
        kernel_deviation=kernel.deviation,
        bias_mean=kernel.bias_mean,
        regularized=_regularized(operation),
    )


def width_of(operation: Any) -> int | None:
    """Width of the last axis that the operation gives, where it is known."""
    try:
        width = keras.tree.flatten(operation.output)[0].shape[-1]
    except (AttributeError, IndexError, ValueError):  # never called on a symbolic tensor, or several times
        width = getattr(operation, "units", None) or getattr(operation, "filters", None)
    return int(width) if isinstance(width, int) else None


def _number(operation: Any, *names: str) -> float | None:
    """The first of these attributes that is a number."""
    values = [getattr(operation, name, None) for name in names if isinstance(operation, keras.layers.Layer)]
    return next((float(value) for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)), None)


def _frozen(operation: Any) -> int:
    """How many entries of weights gradients could train, and are set not to be."""
    by_hand = frozen_by_hand(operation)
    once = sum(math.prod(variable.shape) for variable in _trainable_once(operation) if not variable.trainable)
    return once if by_hand is None else once + math.prod(by_hand.shape)


def _trainable_once(operation: Any) -> list[Any]:
    """The variables that were made to be trained, frozen or not; Keras keeps them apart from statistics and seeds."""
    if not isinstance(operation, keras.layers.Layer):
        return []
    layers = operation._flatten_layers(include_self=True, recursive=True)
    return [variable for layer in layers for variable in getattr(layer, "_trainable_variables", ())]


def _regularized(operation: Any) -> list[str]:
    """Kinds of weights with a regularizer that does something."""
    found = []
    for variable in getattr(operation, "trainable_variables", ()):
        if _active(getattr(variable, "regularizer", None)):
            found.append(KINDS.get(variable.path.rsplit("/", 1)[-1], "kernel"))
    if _active(getattr(operation, "activity_regularizer", None)):
        found.append("activity")
    return list(dict.fromkeys(found))


def _active(regularizer: Any) -> bool:
    """Whether there is a regularizer whose strength is not 0."""
    strengths = [getattr(regularizer, name, None) for name in ("l1", "l2")]
    known = [float(ops.convert_to_numpy(strength)) for strength in strengths if strength is not None]
    return regularizer is not None and (not known or any(known))
