"""A callback that does nothing but measure."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from keras_tips.callbacks.measuring import Measuring
from keras_tips.records.run import Run

__all__ = ["Monitor"]


class Monitor(keras.callbacks.Callback):
    """Hands Keras's hooks on to a `Measuring`; final classes say what is measured.

    Args:
        every: record every n-th step, or `"auto"`.
        measured: names of the quantities.
    """

    def __init__(self, every: int | str, measured: Sequence[str]) -> None:
        super().__init__()
        self.async_safe = True  # no hook below reads logs of a batch, so Keras need not wait for them
        self._measuring = Measuring(every, measured=measured)

    @property
    def run(self) -> Run:
        """The `Run` recorded so far; also after an exception inside `fit`."""
        return self._measuring.run

    def set_model(self, model: keras.Model) -> None:
        """Called by Keras before it builds its train function."""
        super().set_model(model)
        self._measuring.take_model(model, self)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_fit(self.params.get("steps"))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_execution(batch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.end_epoch(logs)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.end_fit()
