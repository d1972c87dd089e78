"""What a positive factor on a layer's inputs does: come out unchanged, or be undone by the layer's kernel."""

from typing import Any

import keras

from keras_tips.layers.classic_dropout import ClassicDropout
from keras_tips.layers.maxout import Maxout
from keras_tips.layers.maxout_conv1d import MaxoutConv1D
from keras_tips.layers.maxout_conv2d import MaxoutConv2D
from keras_tips.layers.maxout_conv3d import MaxoutConv3D
from keras_tips.layers.maxout_dense import MaxoutDense
from keras_tips.layers.prelu import PReLU

__all__ = ["absorbing_kernel", "lets_factors_through"]

_OF_EACH_RANK = (1, 2, 3)
_MOVING = ("Flatten", "Reshape", "Permute", "RepeatVector", "Identity", "Concatenate")
_LINEAR = ("Add", "Subtract", "Average", "Maximum", "Minimum", "Dropout", "GaussianDropout", "LeakyReLU", "PReLU")
_WITH_RANK = (
    *("MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling"),
    *("Cropping", "ZeroPadding", "UpSampling", "SpatialDropout"),
)

# Exact classes: a subclass may do anything else.
HOMOGENEOUS = {
    *(getattr(keras.layers, name) for name in (*_MOVING, *_LINEAR)),
    *(getattr(keras.layers, f"{name}{rank}D") for name in _WITH_RANK for rank in _OF_EACH_RANK),
    ClassicDropout,
    Maxout,
    PReLU,
}
HOMOGENEOUS_ACTIVATIONS = (keras.activations.linear, keras.activations.relu, keras.activations.leaky_relu)

KERNELS = {  # class -> attribute of the kernel that takes in the inputs
    **dict.fromkeys((keras.layers.Dense, keras.layers.EinsumDense), "kernel"),
    **dict.fromkeys((MaxoutDense, MaxoutConv1D, MaxoutConv2D, MaxoutConv3D), "kernel"),
    **{getattr(keras.layers, f"Conv{rank}D"): "kernel" for rank in _OF_EACH_RANK},
    **{getattr(keras.layers, f"Conv{rank}DTranspose"): "kernel" for rank in _OF_EACH_RANK},
    **{getattr(keras.layers, f"DepthwiseConv{rank}D"): "kernel" for rank in (1, 2)},
    **{getattr(keras.layers, f"SeparableConv{rank}D"): "depthwise_kernel" for rank in (1, 2)},
}
BINDING = ("kernel_constraint", "depthwise_constraint", "quantization_mode")  # where one of these is set, kernels stay


def lets_factors_through(layer: Any) -> bool:
    """Whether `layer(f * x) == f * layer(x)` for each f > 0, in training (with the same random numbers) too.

    Layers of several inputs let a factor through that all inputs have.

    >>> lets_factors_through(keras.layers.MaxPooling2D()), lets_factors_through(keras.layers.Softmax())
    (True, False)

    Args:
        layer: a layer, or an operation of a functional model.
    """
    if getattr(layer, "activity_regularizer", None) is not None:  # it measures the outputs, so they may not change
        return False
    kind = type(layer)
    if kind is keras.layers.ReLU:
        return layer.max_value is None and not layer.threshold
    if kind is keras.layers.Activation:
        return layer.activation in HOMOGENEOUS_ACTIVATIONS
    return kind in HOMOGENEOUS


def absorbing_kernel(layer: Any) -> keras.Variable | None:
    """The weight of a built layer that undoes a factor on the inputs when it is divided by it; None where there is none.

    A kernel with a constraint, with LoRA or in a quantized form does not: it may not be scaled freely.

    >>> absorbing_kernel(keras.layers.BatchNormalization()) is None
    True

    Args:
        layer: a layer, or an operation of a functional model.
    """
    if type(layer) not in KERNELS or getattr(layer, "lora_enabled", False):
        return None
    if any(getattr(layer, name, None) is not None for name in BINDING):
        return None
    return getattr(layer, KERNELS[type(layer)], None)
