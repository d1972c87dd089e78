"""The layer under examination, and ways to make another one like it."""

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from keras_tips.testing.arrays import difference, is_float, to_numpy
from keras_tips.testing.not_examined import NotExamined

__all__ = ["Subject", "examined", "has_modes"]

SEED = 1
SHIFT = 0.1  # how far weights are moved off their first values, in standard deviations of a normal number


@dataclass(frozen=True)
class Subject:
    """A layer, what it was made from, and what it returned.

    Args:
        layer_class: the class.
        init_kwargs: arguments of its constructor.
        inputs: arrays, as `given_inputs` returns them.
        call_kwargs: further arguments of `call`.
        layer: a layer that has seen `inputs`. Its trainable weights are moved off their first values, so that a copy that
            lost them shows. Checks leave it as it is.
        outputs: what it returned, flat.
        repeatable: whether it returns that each time.
        adapted: whether it learned from `inputs` by `adapt`.
        reference: an independent function of layer and inputs, or None.
        expected_output_shape: the shape that the person expects, or None.
        supports_masking: whether the person expects it to support masks, or None.
    """

    layer_class: Callable[..., keras.layers.Layer]
    init_kwargs: Mapping[str, Any]
    inputs: Any
    call_kwargs: Mapping[str, Any]
    layer: keras.layers.Layer
    outputs: list[np.ndarray]
    repeatable: bool = True
    adapted: bool = False
    reference: Callable[..., Any] | None = None
    expected_output_shape: Any = None
    supports_masking: bool | None = None

    @property
    def batch(self) -> int:
        """Number of examples in `inputs`."""
        return len(keras.tree.flatten(self.inputs)[0])

    @property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The parameters of the constructor, by name."""
        if not isinstance(self.layer_class, type):
            return inspect.signature(self.layer_class).parameters
        # Of `__init__`, not of the class: where that is inherited, Python 3.11.2 tells those of Keras's `Layer.__new__`.
        _, *own = inspect.signature(self.layer_class.__init__).parameters.items()
        return dict(own)

    def takes(self, argument: str) -> bool:
        """Whether the constructor takes an argument of this name."""
        return any(each.name == argument or each.kind is each.VAR_KEYWORD for each in self.parameters.values())

    def names(self, argument: str) -> bool:
        """Whether an argument of this name stands in the constructor's signature."""
        return argument in self.parameters

    def new(self, **changes: Any) -> keras.layers.Layer:
        """Returns a layer that has seen nothing, with some constructor arguments changed."""
        # Copied, because a layer, an initializer or a seed generator among the arguments has a state of its own.
        return self.layer_class(**copy.deepcopy({**self.init_kwargs, **changes}))

    def unseen(self, **changes: Any) -> keras.layers.Layer:
        """Returns a layer that was called on nothing; where the subject learned from `inputs`, so has this one."""
        layer = self.new(**changes)
        if self.adapted:
            layer.adapt(self.inputs)
        return layer

    def fresh(self, **changes: Any) -> keras.layers.Layer:
        """Returns a layer that was called on `inputs`, with first weights of its own."""
        layer = self.unseen(**changes)
        self.call(layer)
        return layer

    def twin(self, **changes: Any) -> keras.layers.Layer:
        """Returns a layer of its own with the same weights, with some constructor arguments changed."""
        layer = self.fresh(**changes)
        layer.set_weights(self.layer.get_weights())
        return layer

    def tensors(self, inputs: Any = None) -> Any:
        """Returns `inputs`, or those of the subject, as tensors of the backend."""
        return keras.tree.map_structure(keras.ops.convert_to_tensor, self.inputs if inputs is None else inputs)

    def call(self, layer: keras.layers.Layer, inputs: Any = None, training: bool = False) -> list[np.ndarray]:
        """Returns what `layer` makes of `inputs`, or of the subject's, as a flat list of arrays."""
        mode = {"training": training} if has_modes(layer, self.call_kwargs) else {}
        return to_numpy(self.apply(layer, self.tensors(inputs), **mode))

    def apply(self, layer: Callable[..., Any], inputs: Any, **more: Any) -> Any:
        """Calls `layer`; a dict of inputs is taken apart into arguments."""
        arguments = {**self.call_kwargs, **more}
        return layer(**inputs, **arguments) if isinstance(inputs, dict) else layer(inputs, **arguments)

    def symbolic(self) -> Any:
        """Returns a `keras.Input` for each of the inputs, with any number of examples."""
        if isinstance(self.inputs, dict):
            return {name: _input(array, name) for name, array in self.inputs.items()}
        return keras.tree.map_structure(_input, self.inputs)

    def model(self, layer: keras.layers.Layer | None = None) -> keras.Model:
        """Returns a functional model of the layer, or of another one, for any number of examples."""
        inputs = self.symbolic()
        return keras.Model(inputs, self.apply(self.layer if layer is None else layer, inputs))

    def predict(self, model: Callable[..., Any], inputs: Any = None) -> list[np.ndarray]:
        """Returns what a model makes of `inputs`, or of the subject's, at inference; a dict of inputs stays one argument."""
        return to_numpy(model(self.tensors(inputs), training=False))

    @property
    def has_modes(self) -> bool:
        """Whether the layer tells training from inference."""
        return has_modes(self.layer, self.call_kwargs)

    def need_values(self) -> None:
        """Raises `NotExamined` where the layer returns something else on each call."""
        if not self.repeatable:
            raise NotExamined("the layer returns something else on each call, so values cannot be compared")

    def need_free_batch(self) -> None:
        """Raises `NotExamined` where an argument of the call is an array, which belongs to this batch alone."""
        if any(hasattr(value, "shape") for value in keras.tree.flatten(dict(self.call_kwargs))):
            raise NotExamined("`call_kwargs` holds arrays, which fit one batch only")


def has_modes(layer: keras.layers.Layer, call_kwargs: Mapping[str, Any]) -> bool:
    """Whether `layer.call` takes `training`, and `call_kwargs` leaves it open."""
    return "training" in inspect.signature(layer.call).parameters and "training" not in call_kwargs


def examined(
    layer_class: Any, init_kwargs: Mapping[str, Any], inputs: Any, call_kwargs: Mapping[str, Any], **told: Any
) -> Subject:
    """Returns the subject: builds a layer, moves its weights off their first values and calls it.

    Args:
        layer_class: the class.
        init_kwargs: arguments of its constructor.
        inputs: arrays, as `given_inputs` returns them.
        call_kwargs: further arguments of `call`.
        **told: what else the person said, as in `Subject`.
    """
    draft = Subject(layer_class, init_kwargs, inputs, call_kwargs, None, [], **told)
    layer, adapted = _first(draft)
    _move_weights(layer)
    if has_modes(layer, call_kwargs):
        draft.call(layer, training=True)  # statistics that are kept in training are moved as well
    outputs = draft.call(layer)
    repeatable = difference(draft.call(layer), outputs) is None
    return replace(draft, layer=layer, outputs=outputs, repeatable=repeatable, adapted=adapted)


def _first(draft: Subject) -> tuple[keras.layers.Layer, bool]:
    """A layer that was called, and whether it learned from the inputs before, as layers with `adapt` want it."""
    layer = draft.new()
    if not callable(getattr(layer, "adapt", None)):
        draft.call(layer)
        return layer, False
    try:
        layer.adapt(draft.inputs)
    except (AttributeError, ValueError):  # so Keras's layers answer when arguments have told them what there is to learn
        layer = draft.new()
        draft.call(layer)
        return layer, False
    draft.call(layer)
    return layer, True


def _move_weights(layer: keras.layers.Layer) -> None:
    random = np.random.default_rng(SEED)
    for weight in layer.trainable_weights:
        if is_float(weight):
            value = keras.ops.convert_to_numpy(weight) + SHIFT * random.standard_normal(weight.shape)
            weight.assign(value if weight.constraint is None else weight.constraint(keras.ops.cast(value, weight.dtype)))


def _input(array: np.ndarray, name: str | None = None) -> Any:
    return keras.Input(batch_shape=(None, *array.shape[1:]), dtype=keras.backend.standardize_dtype(array.dtype), name=name)
