"""The loss of one batch, which Keras's logs give only as a mean over the epoch."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops

from keras_tips.callbacks.set_on import set_on

__all__ = ["watched_loss"]


@contextlib.contextmanager
def watched_loss(model: keras.Model) -> Iterator[list[Any]]:
    """Within it, the list given receives the loss that Keras's own `train_step` hands to its mean.

    The three backends meet at that mean: the loss is complete there, not scaled, and outside of what is differentiated. A
    `train_step` of one's own may call it anywhere, from inside of a loop of the graph too; it is left alone.
    """
    seen: list[Any] = []
    mean = getattr(model, "_loss_tracker", None)
    if mean is None or not type(model).train_step.__module__.startswith("keras."):
        yield seen
        return
    plain = mean.update_state

    def update_state(values: Any, sample_weight: Any = None) -> Any:
        seen.append(ops.stop_gradient(ops.convert_to_tensor(values)))
        return plain(values, sample_weight=sample_weight)

    with set_on(mean, "update_state", update_state):
        yield seen
