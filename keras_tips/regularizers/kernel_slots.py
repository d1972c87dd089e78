"""Where a model keeps its kernels, and where their regularizers are kept for the next time the model is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from keras_tips._base.arguments import invalid

__all__ = ["KernelSlot", "kernel_slots"]

# What a layer's attribute is called, without "_regularizer", when it is for a kernel. Biases, normalization's gamma and
# beta, PReLU's alpha and embeddings have attributes of their own, and so are left out.
STEMS = ("kernel", "depthwise", "pointwise", "recurrent")
SUFFIX = "_regularizer"


@dataclass(frozen=True)
class KernelSlot:
    """A layer's attribute for the regularizer of a kernel, and those kernels.

    Attributes:
        layer: the layer, whose config is made from the attribute.
        attribute: its name, such as `kernel_regularizer`.
        kernels: the variables it is for: the layer's own; none in a layer that is not built; those of its sublayers in a
            layer that hands its regularizer on, as `keras.layers.MultiHeadAttention` does.
    """

    layer: Any
    attribute: str
    kernels: tuple[Any, ...]


def kernel_slots(model: Any) -> list[KernelSlot]:
    """Returns the slots of a layer or model and of all layers within, each layer once.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.PReLU(), keras.layers.Dense(2)])
    >>> [(slot.attribute, len(slot.kernels)) for slot in kernel_slots(model)]
    [('kernel_regularizer', 1)]

    Raises:
        ValueError: a built layer has such an attribute, and no weight that it could be for.
    """
    slots = []
    # Keras has no public way to the layers within a layer. This is the one it uses itself to collect the losses.
    for layer in model._flatten_layers():
        slots += [KernelSlot(layer, attribute, _kernels(layer, stem)) for attribute, stem in _attributes(layer)]
    return slots


def _attributes(layer: Any) -> Iterator[tuple[str, str]]:
    """Attributes that a layer keeps itself. Those that it only shows, such as an LSTM's of its cell, are properties."""
    for attribute, value in vars(layer).items():
        stem = attribute.strip("_").removesuffix(SUFFIX)
        if not attribute.endswith(SUFFIX) or not (stem in STEMS or stem.endswith("_kernel")):
            continue
        if value is None or callable(value) or isinstance(value, (str, dict)):  # not a strength of someone's own layer
            yield attribute, stem


def _kernels(layer: Any, stem: str) -> tuple[Any, ...]:
    within = layer._flatten_layers(include_self=False)
    theirs = {id(weight) for sublayer in within for weight in sublayer.weights}
    own = [weight for weight in layer.weights if id(weight) not in theirs]
    # DepthwiseConv's attribute is depthwise_regularizer, and its weight is called kernel.
    for name in (stem, f"{stem}_kernel", "kernel"):
        found = tuple(weight for weight in own if _is_called(weight, name, layer))
        if found:
            return found
    if any(len(weight.shape) > 1 and weight.trainable for weight in own):
        names = [weight.name for weight in own]
        raise invalid(
            "model",
            f"a weight called {stem} in the layer {layer.name!r}, which has a {stem}{SUFFIX}",
            names,
            "Keep the kernel in an attribute of that name, or give it that name in add_weight.",
        )
    return tuple(kernel for sublayer in within for _, inner in _attributes(sublayer) for kernel in _kernels(sublayer, inner))


def _is_called(weight: keras.Variable, name: str, layer: Any) -> bool:
    """Low-rank factors count too: `enable_lora` gives them the kernel's regularizer, and so does loading."""
    return weight.name == name or weight is getattr(layer, name, None) or weight.name.startswith(f"lora_{name}_")
