"""Carries the weights of one model over to another, where names and shapes agree."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras

from keras_tips._base.arguments import invalid

__all__ = ["carry_weights"]


def carry_weights(source: keras.Model, target: keras.Model) -> tuple[str, ...]:
    """Gives `target` the weights that `source` has under the same name and in the same shape.

    A weight's name is the path of layers that leads to it, without the model's own name, and its name in the layer. What
    the target alone has keeps its starting value. The optimizer starts anew.

    Args:
        source: a built model, trained for instance.
        target: a built model, such as `keras_tips.tips.build` returns.

    Returns:
        The names of the weights that were carried over, in the order of the target.

    Raises:
        ValueError: one of the two is no built Keras model.

    >>> import keras
    >>> from keras_tips.tips import carry_weights
    >>> layer = lambda units, name: keras.layers.Dense(units, name=name)
    >>> old = keras.Sequential([keras.Input((4,)), layer(3, "hidden"), layer(1, "answer")])
    >>> new = keras.Sequential([keras.Input((4,)), layer(3, "hidden"), layer(3, "further"), layer(2, "answer")])
    >>> carry_weights(old, new)
    ('hidden/kernel', 'hidden/bias')
    """
    for name, model in (("source", source), ("target", target)):
        if not isinstance(model, keras.Model) or not model.built:
            raise invalid(name, "a built Keras model", getattr(model, "name", model), "Build it with model.build(shape).")
    known = dict(_weights(source))
    kept = []
    for name, weight in _weights(target):
        old = known.get(name)
        if old is not None and tuple(old.shape) == tuple(weight.shape):
            weight.assign(keras.ops.convert_to_numpy(old))
            kept.append(name)
    return tuple(kept)


def _weights(layer: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Name and variable of each weight, the states of random numbers left out."""
    if isinstance(layer, keras.Model) and getattr(layer, "layers", None):
        for inner in layer.layers:
            yield from _weights(inner, (*path, inner.name))
        return
    seen: Counter[str] = Counter()
    for weight in layer.weights:
        seen[weight.name] += 1
        number = "" if seen[weight.name] == 1 else f"_{seen[weight.name]}"  # a layer of several parts has several kernels
        yield "/".join((*path, weight.name + number)), weight
