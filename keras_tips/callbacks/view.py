"""What a network gives to some rows, without changing anything of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.watched_layers import watched_layers
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
    """

    layers: Mapping[str, LayerStep] = field(default_factory=dict)
    predictions: Sequence[np.ndarray] = ()


def view(model: keras.Model, x: Any, training: bool) -> View:
    """Runs a built network on rows, in training mode or at inference.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    >>> view(model, np.ones((3, 2)), training=False).predictions[0].tolist()
    [[2.0], [2.0], [2.0]]
    """
    with without_trace(model):
        inputs = keras.tree.map_structure(ops.convert_to_tensor, x)
        with watched_layers(model) as seen:
            said = model(inputs, training=training)
    layers = {path: replace(step, outputs=_kept(step.outputs)) for path, step in seen.items()}
    return View(layers, [_kept(each) for each in keras.tree.flatten(said)])


def _kept(tensor: Any) -> np.ndarray:
    """A copy: on PyTorch, arrays share memory with tensors, and an output may be a weight that training goes on to change."""
    return np.array(ops.convert_to_numpy(tensor))


def minds_training(model: keras.Model) -> bool:
    """Whether something in the model may act differently in training mode.

    >>> layers = keras.layers
    >>> minds_training(keras.Sequential([layers.Dense(1)])), minds_training(keras.Sequential([layers.Dropout(0.5)]))
    (False, True)
    """
    return any(layer._call_has_training_arg and not _only_handed_on(type(layer).call) for layer in model._flatten_layers())


def _only_handed_on(call: Any) -> bool:
    return str(call.__module__).startswith("keras.") and call.__qualname__ in HAND_ON
