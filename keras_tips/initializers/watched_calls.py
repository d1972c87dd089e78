"""Steps into the calls of layers, for a while, and sets their activation aside."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras

__all__ = ["watched_calls", "without_activation"]

MISSING = object()


@contextmanager
def watched_calls(layers: Iterable[Any], watch: Callable[..., Any]) -> Iterator[None]:
    """Within it, a call of one of the layers becomes `watch(layer, call)`, whose result is handed on.

    `call` takes no argument and does what the layer does with the inputs it was given. Whatever way a model calls its
    layers, as a graph or in code of its own, each call comes past here, in the order of the data.

    >>> seen = []
    >>> layer = keras.layers.ReLU(name="relu")
    >>> with watched_calls([layer], lambda layer, call: seen.append(layer.name) or call()):
    ...     outputs = layer(keras.ops.ones((1, 2)))
    >>> seen
    ['relu']
    """
    layers = list(layers)

    def watching(layer: Any, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return watch(layer, partial(call, *args, **kwargs))

    kept = [_put(layer, "call", partial(watching, layer, layer.call)) for layer in layers]
    try:
        yield
    finally:
        for layer, value in zip(layers, kept, strict=True):
            _put(layer, "call", value)


@contextmanager
def without_activation(layer: Any) -> Iterator[None]:
    """Within it, a layer that has an activation gives what it gives to the activation."""
    if getattr(layer, "activation", None) is None:
        yield
        return
    kept = _put(layer, "activation", keras.activations.linear)
    try:
        yield
    finally:
        _put(layer, "activation", kept)


def _put(layer: Any, name: str, value: Any) -> Any:
    """Sets an attribute of this one object, or takes it away, and returns what stood there.

    Past the layer's own way of setting attributes, which takes note of layers and refuses new ones in a built layer.
    """
    attributes = vars(layer)
    kept = attributes.get(name, MISSING)
    if value is MISSING:
        del attributes[name]
    else:
        attributes[name] = value
    return kept
