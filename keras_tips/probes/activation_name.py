"""What the activation of a layer is called."""

from typing import Any

import keras

__all__ = ["activation_name"]

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
        # Over another axis than the last it is no distribution over units.
        return "softmax" if getattr(operation, "axis", -1) == -1 else None
    if kind == "ReLU":
        return _relu(operation)
    if kind in OF_KIND:
        return OF_KIND[kind]
    activation = getattr(operation, "activation", None)
    if activation is None and isinstance(operation, keras.layers.Wrapper):
        return activation_name(operation.layer)
    return None if activation is None else _of_function(activation)


def _of_function(activation: Any) -> str:
    if isinstance(activation, keras.layers.Layer):
        return activation_name(activation) or type(activation).__name__
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)
    return name.removesuffix("_v2")  # TensorFlow's own softmax calls itself softmax_v2


def _relu(layer: Any) -> str:
    if layer.negative_slope:
        return "leaky_relu"
    if layer.max_value is None:
        return "relu"
    return "relu6" if layer.max_value == 6 else "clipped_relu"
