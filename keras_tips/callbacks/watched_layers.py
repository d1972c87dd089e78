"""What the layers of a model give in a forward pass."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_tips.callbacks.seen_rows import NOT_DENSE
from keras_tips.callbacks.set_on import set_on
from keras_tips.layers.maxout import Maxout
from keras_tips.layers.maxout_layer import MaxoutLayer
from keras_tips.probes.activation_name import activation_name
from keras_tips.probes.probe import LayerStep

__all__ = ["inner_layers", "penalties_of", "place_of", "watched_layers"]


def inner_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers whose outputs are looked at: those of the model and of models in it.

    Layers inside of other layers (the cell of a recurrent layer, what a wrapper wraps) may be called within a loop of the
    graph, out of which no tensor may be taken; the layer around them is looked at. Inputs and what only changes the shape say
    nothing new.
    """
    left: list[Any] = list(getattr(model, "layers", ()))  # a layer that Keras can train has none
    found: dict[int, keras.layers.Layer] = {}
    while left:
        layer = left.pop(0)
        if isinstance(layer, keras.Model):
            left = [*layer.layers, *left]
        elif not isinstance(layer, (keras.layers.InputLayer, keras.layers.Flatten, keras.layers.Reshape)):
            found.setdefault(id(layer), layer)
    return list(found.values())


def place_of(layer: keras.layers.Layer) -> str:
    """The place of a layer's series: its path, or its name where it has none, as layers without weights in a Sequential."""
    return str(layer.path or layer.name)


def penalties_of(model: keras.Model) -> dict[str, Any]:
    """What layers added to the loss in the call before, by `add_loss` or a regularizer: a scalar for each place that did."""
    added = {place_of(layer): layer.losses for layer in inner_layers(model)}
    return {place: sum(ops.sum(loss) for loss in losses) for place, losses in added.items() if losses}


@contextlib.contextmanager
def watched_layers(model: keras.Model) -> Iterator[dict[str, LayerStep]]:
    """Within it, the mapping given receives what each layer gave, by the layer's place.

    A layer that is called several times counts with its first call. Outputs that are no single tensor of floating-point
    numbers are left out.
    """
    seen: dict[str, LayerStep] = {}
    here = _traced_by()
    with contextlib.ExitStack() as stack:
        for layer in inner_layers(model):
            stack.enter_context(set_on(layer, "call", _watching(layer, seen, here)))
        yield seen


def _watching(layer: keras.layers.Layer, seen: dict[str, LayerStep], here: Any) -> Any:
    plain, place = layer.call, place_of(layer)

    def call(*arguments: Any, **keywords: Any) -> Any:
        outputs = plain(*arguments, **keywords)
        usable = (
            ops.is_tensor(outputs)
            and type(outputs).__name__ not in NOT_DENSE
            and "float" in keras.backend.standardize_dtype(outputs.dtype)
        )
        if usable and place not in seen and _traced_by() == here:
            seen[place] = _layer_step(layer, arguments, outputs)
        return outputs

    return call


def _layer_step(layer: keras.layers.Layer, arguments: tuple[Any, ...], outputs: Any) -> LayerStep:
    kind = "float64" if "float64" in str(outputs.dtype) else "float32"
    axis = 1 if getattr(layer, "data_format", None) == "channels_first" else -1
    winners, pieces = None, 0
    if arguments and isinstance(layer, (Maxout, MaxoutLayer)):
        winners = layer.winners(ops.stop_gradient(arguments[0]))
        axis, pieces = (layer.axis, layer.group_size) if isinstance(layer, Maxout) else (axis, layer.pieces)
    return LayerStep(ops.cast(ops.stop_gradient(outputs), kind), axis, activation_name(layer), winners, pieces)


def _traced_by() -> Any:
    """What tells the graph, or the trace, that is being made from those inside of it: a loop's body, a branch."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        return None if tensorflow.executing_eagerly() else id(tensorflow.compat.v1.get_default_graph())
    if keras.backend.backend() == "jax":
        import jax.extend

        return jax.extend.core.get_opaque_trace_state(convention="nnx")
    return None
