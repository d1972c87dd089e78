"""What the activation of a layer is called."""

from typing import Any

import keras

__all__ = ["activation_name", "softmax_axis"]

RECTIFIERS = ("ReLU", "LeakyReLU", "LeakyRelu")
OF_KIND = {  # layers and operations that are an activation
    "ELU": "elu",
    "Elu": "elu",
    "LeakyReLU": "leaky_relu",
    "PReLU": "prelu",
    "Maxout": "maxout",
    "MaxoutDense": "maxout",
    "Relu": "relu",
    "Relu6": "relu6",
    "LeakyRelu": "leaky_relu",
    "Sigmoid": "sigmoid",
    "HardSigmoid": "hard_sigmoid",
    "Tanh": "tanh",
    "HardTanh": "hard_tanh",
    "Softplus": "softplus",
    "SoftSign": "softsign",
    "Softsign": "softsign",
    "Exp": "exponential",
    "LogSoftmax": "log_softmax",
    "LogSigmoid": "log_sigmoid",
    "Silu": "silu",
    "Gelu": "gelu",
    "Selu": "selu",
}


def activation_name(operation: Any) -> str | None:
    """Returns the name of the activation that a layer, or an operation of a functional model, ends with; None without one.

    Args:
        operation: a layer or a `keras.Operation`, as `model.operations` holds them.

    Example:

    >>> import keras
    >>> [activation_name(layer) for layer in (keras.layers.Dense(3), keras.layers.Softmax(), keras.layers.Flatten())]
    ['linear', 'softmax', None]
    """
    kind = type(operation).__name__
    if kind == "Softmax":
        return "softmax" if softmax_axis(operation) is None else None  # along another axis it is no distribution over units
    if kind in RECTIFIERS and _lets_pass(operation):
        return "linear"
    if kind == "ReLU":
        return _relu(operation)
    if kind in OF_KIND:
        return OF_KIND[kind]
    activation = getattr(operation, "activation", None)
    if activation is None and isinstance(operation, keras.layers.Wrapper):
        return activation_name(operation.layer)
    return None if activation is None else _of_function(activation)


def softmax_axis(operation: Any) -> int | None:
    """Returns the axis along which a softmax layer or operation adds up to 1, where that is not the last one; else None.

    >>> import keras
    >>> softmax_axis(keras.layers.Softmax(axis=1)), softmax_axis(keras.layers.Softmax())
    (1, None)
    """
    axis = getattr(operation, "axis", None) if type(operation).__name__ == "Softmax" else None
    if not isinstance(axis, int) or axis == -1:
        return None
    try:
        last = len(keras.tree.flatten(operation.output)[0].shape) - 1
    except (AttributeError, ValueError):  # never called on a symbolic tensor, or several times
        return axis
    return None if axis == last else axis


def _of_function(activation: Any) -> str:
    if isinstance(activation, keras.layers.Layer):
        return activation_name(activation) or type(activation).__name__
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)
    return name.removesuffix("_v2")  # TensorFlow's own softmax calls itself softmax_v2


def _lets_pass(operation: Any) -> bool:
    """Whether a rectifier leaves all numbers as they are, as where the slope of 1 was meant as a gain."""
    slope, limit, threshold = (getattr(operation, name, None) for name in ("negative_slope", "max_value", "threshold"))
    return slope == 1 and limit is None and not threshold


def _relu(layer: Any) -> str:
    if getattr(layer, "negative_slope", None):  # a layer of one's own may be called ReLU too
        return "leaky_relu"
    limit = getattr(layer, "max_value", None)
    if limit is None:
        return "relu"
    return "relu6" if limit == 6 else "clipped_relu"
