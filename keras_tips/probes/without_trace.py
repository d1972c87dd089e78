"""Calls a model without changing anything that training will meet afterwards."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras

from keras_tips.probes.random_states_kept import random_states_kept

__all__ = ["without_trace"]


@contextmanager
def without_trace(model: keras.Model) -> Iterator[None]:
    """Within it, calls of the model change no weight, statistic, seed or metric, and no random numbers of training.

    Assignments to Keras's variables are kept aside and then forgotten. What Keras does not keep in variables is put back:
    the random states of Python, NumPy, PyTorch and eager TensorFlow, and buffers of PyTorch modules within the model.
    What a layer does with plain Python attributes of its own stays done, and `model.losses` is as after any other call.

    >>> layer = keras.layers.BatchNormalization()
    >>> model = keras.Sequential([keras.Input((2,)), layer])
    >>> with without_trace(model):
    ...     _ = model(keras.ops.ones((4, 2)), training=True)
    >>> keras.ops.convert_to_numpy(layer.moving_mean).tolist()
    [0.0, 0.0]
    """
    with ExitStack() as stack:
        stack.enter_context(random_states_kept())
        if keras.backend.backend() == "torch":
            stack.enter_context(_torch(model))
        stack.enter_context(keras.StatelessScope(_values(model), collect_losses=True))
        yield


def _values(model: Any) -> list[tuple[Any, Any]]:
    """On JAX, the values that variables have in a scope around this one, which an inner scope does not look into.

    Regularizers ask the scope for them on every backend.
    """
    if keras.backend.backend() == "jax":
        return [(variable, variable.value) for variable in (*model.trainable_variables, *model.non_trainable_variables)]
    return [(variable, variable.value) for variable in model.trainable_variables if variable.regularizer is not None]


@contextmanager
def _torch(model: Any) -> Iterator[None]:
    """Without gradients, which nobody asks for; wrapped modules have buffers of their own."""
    import torch

    layers = model._flatten_layers()  # PyTorch's own `buffers()` does not come to all layers of a Keras model
    buffers = [(buffer, buffer.clone()) for layer in layers for buffer in layer.buffers()]
    try:
        with torch.no_grad():
            yield
    finally:
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)
