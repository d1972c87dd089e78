"""What is measured of the forward pass inside a training step, brought out of what is differentiated."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras

from keras_tips.callbacks.set_on import set_on
from keras_tips.callbacks.watched_layers import watched_layers
from keras_tips.probes.probe import LayerStep

__all__ = ["watched_forward"]

Numbers = dict[tuple[str, str], Any]  # (quantity, place) -> scalar tensor


@contextlib.contextmanager
def watched_forward(model: keras.Model, measure: Callable[[Mapping[str, LayerStep]], Numbers]) -> Iterator[Numbers]:
    """Within it a training step runs; afterwards the mapping given holds what `measure` made of the layers' outputs.

    On TensorFlow and PyTorch a tensor of the forward pass can be read later in the same step. On JAX it cannot leave the
    function that is differentiated, except beside what Keras's own `train_step` takes out of it: the predictions. There the
    numbers travel, so with a `train_step` of one's own nothing is measured on JAX.
    """
    found: Numbers = {}
    if keras.backend.backend() != "jax":
        with watched_layers(model) as seen:
            yield found
        found.update(measure(seen))
        return
    own = [getattr(type(model), name).__module__ for name in ("train_step", "compute_loss_and_updates")]
    if not all(module.startswith("keras.") for module in own):
        yield found
        return
    columns: list[tuple[str, str]] = []
    plain_compute, plain_update = model.compute_loss_and_updates, model._update_metrics_variables

    def compute(*arguments: Any, **keywords: Any) -> Any:
        with watched_layers(model) as seen:
            loss, (unscaled, predictions, *others) = plain_compute(*arguments, **keywords)
        numbers = measure(seen)
        columns[:] = numbers
        return loss, (unscaled, (predictions, list(numbers.values())), *others)

    def update(variables: Any, loss: Any, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        predictions, numbers = y_pred
        found.update(zip(columns, numbers, strict=True))
        return plain_update(variables, loss, x, y, predictions, sample_weight)

    with set_on(model, "compute_loss_and_updates", compute), set_on(model, "_update_metrics_variables", update):
        yield found
