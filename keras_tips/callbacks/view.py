"""What a network gives to some rows, without changing anything of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.compiled_view import compiled_view, compiles
from keras_tips.callbacks.watched_layers import penalties_of, watched_layers
from keras_tips.probes.probe import LayerStep
from keras_tips.probes.without_trace import without_trace

__all__ = ["View", "minds_training", "view"]

# Methods of Keras that take `training` and do nothing with it but to hand it on, or to train quantized weights.
HAND_ON = ("Sequential.call", "Functional.call", "Dense.call", "EinsumDense.call")


@dataclass(frozen=True)
class View:
    """What a network gave, as NumPy arrays that nobody else writes to.

    Attributes:
        layers: path of a layer -> what it gave.
        predictions: of each output.
        penalties: path of a layer -> what it adds to the loss, by `add_loss` or a regularizer.
    """

    layers: Mapping[str, LayerStep] = field(default_factory=dict)
    predictions: Sequence[np.ndarray] = ()
    penalties: Mapping[str, float] = field(default_factory=dict)


def view(model: keras.Model, x: Any, training: bool, room: int = 0) -> View:
    """Runs a built network on rows, in training mode or at inference.

    Args:
        model: built; it need not be compiled.
        x: inputs as the model takes them, NumPy arrays.
        training: the mode.
        room: at inference, fewer rows are repeated up to this number where a program is compiled for each number of rows.

    Example:

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> view(model, np.ones((3, 2)), training=False).predictions[0].tolist()
    [[2.0], [2.0], [2.0]]
    """
    with without_trace(model):
        if not compiles(model):
            return _viewed(*_eagerly(model, x, training))
        rows, inputs = len(keras.tree.flatten(x)[0]), x
        if not training and rows < room:
            inputs = keras.tree.map_structure(lambda leaf: np.resize(leaf, (room, *leaf.shape[1:])), x)
        try:
            seen = compiled_view(model, inputs, training)
        except Exception:  # a network that trains compiled, and can be called only otherwise
            return _viewed(*_eagerly(model, x, training))
        return _viewed(*seen, (rows, room) if inputs is not x else (1, 1))


def _eagerly(model: keras.Model, x: Any, training: bool) -> tuple[dict[str, LayerStep], list[Any], dict[str, Any]]:
    with watched_layers(model) as seen:
        said = model(_tensors(x), training=training)
    return seen, keras.tree.flatten(said), penalties_of(model)


def _tensors(x: Any) -> Any:
    return keras.tree.map_structure(ops.convert_to_tensor, x)


def _viewed(
    seen: Mapping[str, LayerStep], said: Sequence[Any], added: Mapping[str, Any], share: tuple[int, int] = (1, 1)
) -> View:
    """On the host, and of repeated rows only the share that was asked for."""
    layers = {path: replace(step, outputs=_kept(step.outputs, *share), winners=None) for path, step in seen.items()}
    penalties = {path: float(ops.convert_to_numpy(penalty)) for path, penalty in added.items()}
    return View(layers, [_kept(each, *share) for each in said], penalties)


def _kept(tensor: Any, rows: int, room: int) -> np.ndarray:
    """A copy: on PyTorch, arrays share memory with tensors, and an output may be a weight that training goes on to change."""
    array = np.asarray(ops.convert_to_numpy(tensor))
    of_rows = array.ndim > 0 and len(array) % room == 0  # and not, say, one position embedding for all rows
    return np.array(array[: len(array) // room * rows] if of_rows else array)


def minds_training(model: keras.Model) -> bool:
    """Whether something in the model may act differently in training mode.

    >>> layers = keras.layers
    >>> minds_training(keras.Sequential([layers.Dense(1)])), minds_training(keras.Sequential([layers.Dropout(0.5)]))
    (False, True)
    """
    return any(layer._call_has_training_arg and not _only_handed_on(type(layer).call) for layer in model._flatten_layers())


def _only_handed_on(call: Any) -> bool:
    return str(call.__module__).startswith("keras.") and call.__qualname__ in HAND_ON
