"""Marks a layer without weights as built from the start, as Keras does with its own."""

import keras

__all__ = ["mark_built"]


def mark_built(layer: keras.layers.Layer) -> None:
    """To be called last in the constructor of a layer that has no weights, for its class or one that inherits `build`.

    >>> layer = keras.layers.Layer()
    >>> mark_built(layer)
    >>> layer.built
    True

    Args:
        layer: the layer. Keras's method is private, so it may go; then the layer is built at its first call, as others are.
    """
    build_at_init = getattr(layer, "_build_at_init", None)
    if build_at_init is not None:
        build_at_init()
