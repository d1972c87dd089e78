"""Keeps a variable out of the weight decay of whatever optimizer trains it."""

from collections.abc import Iterator
from typing import Any

import keras

__all__ = ["exempt_from_decay"]


def exempt_from_decay(layer: keras.layers.Layer, variable: Any) -> None:
    """Tells the optimizer of the model that is calling `layer` right now to leave `variable` out of its weight decay.

    To be called in the `call` of the layer. Training goes through the layer before the optimizer takes its step, also
    where a step is compiled, so what is said here is in time; and since it is said again each time, it holds for a
    loaded model, too, though Keras does not store what an optimizer leaves out. Other exemptions stay.

    Keras has public means for none of this: a layer is not told who calls it, and
    `optimizer.exclude_from_weight_decay` forgets what it was told before. So this reads the call context, and writes where
    that method writes. Should a later Keras have neither, decay is what it is for every other weight.

    Args:
        layer: the layer that owns the variable.
        variable: one of its weights.
    """
    context = getattr(layer, "_get_call_context", lambda: None)()
    model = getattr(context, "entry_layer", None)  # the outermost of the layers that are being called
    for optimizer in _parts(getattr(model, "optimizer", None)):
        if optimizer.weight_decay and optimizer._use_weight_decay(variable):
            key = optimizer._var_key(variable)
            optimizer._exclude_from_weight_decay = {*getattr(optimizer, "_exclude_from_weight_decay", ()), key}
            optimizer._exclude_from_weight_decay_cache.pop(key, None)


def _parts(optimizer: Any) -> Iterator[Any]:
    """The optimizers that decay weights: of those that wrap others, the others."""
    inner = getattr(optimizer, "inner_optimizer", None)  # of a LossScaleOptimizer
    several = getattr(optimizer, "_inner_optimizers", None)  # of a MultiOptimizer
    if inner is not None or several:
        for part in several or [inner]:
            yield from _parts(part)
    elif hasattr(optimizer, "_use_weight_decay"):
        yield optimizer
