"""Sets a regularizer on every kernel of a model, and on nothing else."""

from collections.abc import Callable
from typing import Any, TypeVar

import keras

from keras_tips._base.arguments import invalid, nearest
from keras_tips.regularizers.kernel_slots import KernelSlot, kernel_slots
from keras_tips.regularizers.unstorable import Unstorable

__all__ = ["apply_to_kernels"]

KNOWN = ("L1", "L2", "L1L2", "OrthogonalRegularizer", "l1", "l2", "l1_l2")
AnyLayer = TypeVar("AnyLayer", bound=keras.layers.Layer)


def apply_to_kernels(model: AnyLayer, regularizer: Any) -> AnyLayer:
    """Sets `regularizer` on every kernel of `model`, in place, and returns the model.

    A kernel is what a layer multiplies its inputs with: of Dense, EinsumDense, all convolutions, separable and transposed
    ones too, the projections of attention layers, `kernel` and `recurrent_kernel` of recurrent cells, the Maxout layers of
    this package, and of every other layer that keeps a `kernel_regularizer` (or `depthwise_`, `pointwise_`, `recurrent_`,
    `..._kernel_regularizer`). Layers within models and wrappers are found, and a shared layer counts once.

    Left out, because a penalty on them costs accuracy and does not make the function simpler: biases, the weights of
    normalization, the slopes of PReLU. Embeddings are left out too: their rows are looked up, and a penalty would pull rows
    at every step that no example of the batch has used.

    What a kernel had before is replaced. Frozen kernels get it as well, but as always in Keras only trainable weights add to
    the loss. A model that is compiled and trained already goes on with the new penalty: its training and test steps are made
    again. If it is part of another compiled model, compile that one again.

    The regularizers are stored with the model, since each goes into the config of its layer. Two cases are different. A
    subclassed model or layer that makes its own layers makes them as its code says: apply again after loading.
    A layer such as `keras.layers.MultiHeadAttention`, or `ResidualBlock` of this package, keeps one regularizer for several
    kernels: with a reference for each, it trains, but saving it raises an error that says what to do.

    Args:
        model: a model or layer, new or built.
        regularizer: a `keras.regularizers.Regularizer`, or its name or config; None takes the penalties off. Or a function
            that is given each kernel, a `keras.Variable` with `path` and `shape`, and returns its regularizer, or None.

    Returns:
        `model`.

    Raises:
        ValueError: an argument is invalid; the model has no kernel; a function is given and a layer is not built, so that
            it has no kernel to give to the function.

    Example:

    >>> import keras
    >>> from keras_tips.regularizers import TowardReference, apply_to_kernels
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")])
    >>> apply_to_kernels(model, keras.regularizers.L2(0.5)) is model
    True
    >>> float(sum(model.losses))  # 0.5 * 6 * 1 ** 2
    3.0

    Hold a pretrained model to the weights it has now:

    >>> model = apply_to_kernels(model, lambda kernel: TowardReference(kernel, strength=0.01))
    >>> float(sum(model.losses))
    0.0

    Reference:
        Ian Goodfellow, Yoshua Bengio, Aaron Courville: "Deep Learning", 2016, section 7.1, on leaving biases out.
    """
    if not isinstance(model, keras.layers.Layer):
        raise invalid("model", "a Keras model or layer", model)
    slots = kernel_slots(model)
    if not slots:
        cure = "Build it first, if it makes its layers when it is built." if not model.built else ""
        raise invalid("model", "a model with at least one kernel", model.name, cure)
    # Everything is asked and checked before anything is set: a bad argument leaves the model as it was.
    if _is_function(regularizer):
        chosen = _each(slots, regularizer)
    else:
        regularizer = _resolved(regularizer)
        chosen = [[regularizer] * max(1, len(slot.kernels)) for slot in slots]  # one for the attribute of an unbuilt layer
    for slot, choice in zip(slots, chosen, strict=True):
        _set(slot, choice)
    _renew_steps(model)
    return model


def _is_function(regularizer: Any) -> bool:
    return callable(regularizer) and not isinstance(regularizer, (type, keras.regularizers.Regularizer))


def _each(slots: list[KernelSlot], function: Callable[[Any], Any]) -> list[list[Any]]:
    """Returns the regularizers of each slot's kernels. The function is asked once per kernel."""
    for slot in slots:
        if not slot.layer.built:
            cure = "Build the model first, for instance by model.build(input_shape), or give one regularizer for all kernels."
            raise invalid("model", "a model whose layers are built, for `regularizer` is a function", slot.layer.name, cure)
    kernels = {id(kernel): kernel for slot in slots for kernel in slot.kernels}
    answers = {key: _resolved(function(kernel), kernel.path) for key, kernel in kernels.items()}
    return [[answers[id(kernel)] for kernel in slot.kernels] for slot in slots]


def _resolved(regularizer: Any, kernel: str = "") -> keras.regularizers.Regularizer | None:
    """What the argument stands for, or, where a kernel is named, what the function has returned for it."""
    if regularizer is None or isinstance(regularizer, keras.regularizers.Regularizer):
        return regularizer
    expected = "a keras.regularizers.Regularizer, a name or config of one, or None"
    expected += f", from the function for the kernel {kernel}" if kernel else ", or a function of the kernel that returns one"
    cure = nearest(regularizer, KNOWN) if isinstance(regularizer, str) else ""
    if not isinstance(regularizer, (str, dict)):
        raise invalid("regularizer", expected, regularizer, "Make an object of it." if isinstance(regularizer, type) else "")
    try:
        resolved = keras.regularizers.get(regularizer)
    except (TypeError, ValueError) as error:
        raise invalid("regularizer", expected, regularizer, cure) from error
    if not isinstance(resolved, keras.regularizers.Regularizer):
        raise invalid("regularizer", expected, regularizer, cure)
    return resolved


def _set(slot: KernelSlot, regularizers: list[Any]) -> None:
    """Sets it twice: on the variables, which Keras asks for the loss, and on the layer, which is asked for the config."""
    for kernel, regularizer in zip(slot.kernels, regularizers, strict=False):
        kernel.regularizer = regularizer
    if regularizers:
        first, *others = regularizers
        same = all(_equal(first, other) for other in others)
        setattr(slot.layer, slot.attribute, first if same else Unstorable(slot.layer.name, slot.attribute))


def _equal(one: Any, other: Any) -> bool:
    return one is other or keras.regularizers.serialize(one) == keras.regularizers.serialize(other)


def _renew_steps(model: Any) -> None:
    """Compiled steps hold the penalties of the time they were traced."""
    for each in model._flatten_layers():  # there is no public way to the models within
        if getattr(each, "train_function", None) is not None:
            each.make_train_function(force=True)
        if getattr(each, "test_function", None) is not None:
            each.make_test_function(force=True)
