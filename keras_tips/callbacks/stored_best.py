"""The best weights on disk, each in a file that carries its epoch in its name."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from keras_tips.callbacks.weights_file import read_weights, write_weights

__all__ = ["clear_best", "load_best", "store_best"]


def store_best(folder: Path, epoch: int, weights: Sequence[Any]) -> None:
    """Writes the weights that were best at the end of `epoch`, whole or not at all."""
    write_weights(_path(folder, epoch), weights)


def load_best(folder: Path, epoch: int) -> list[Any] | None:
    """Returns the weights that were best at the end of `epoch`; None where they are not there.

    Raises:
        ValueError: the file is damaged.
    """
    path = _path(folder, epoch)
    return read_weights(path) if path.exists() else None


def clear_best(folder: Path, keep: Collection[int]) -> None:
    """Removes the weights of epochs other than those to keep."""
    wanted = {_path(folder, epoch) for epoch in keep}
    for path in folder.glob("best_epoch_*.npz"):
        if path not in wanted:
            path.unlink(missing_ok=True)


def _path(folder: Path, epoch: int) -> Path:
    return folder / f"best_epoch_{epoch + 1}.npz"  # from 1, as Keras counts in its messages and file names
