"""A progress bar over epochs."""

from types import TracebackType
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["EpochBar"]


class EpochBar(keras.callbacks.Callback):
    """Shows how many epochs of a `fit` are done. Use it in a `with` block, so that the line is ended on errors too."""

    def __init__(self, epochs: int, text: str) -> None:
        super().__init__()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task(text, total=epochs)

    def __enter__(self) -> "EpochBar":
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._progress.advance(self._task)
