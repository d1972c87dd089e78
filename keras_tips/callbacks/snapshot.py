"""One snapshot on disk: a `.keras` file that itself says which moment of the training it holds.

What it says stands in the comment of the archive, where Keras does not look. So the index beside the snapshots can be lost.
"""

import json
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["NAME", "Snapshot", "read_snapshot", "stamp"]

NAME = re.compile(r"epoch_\d+_step_\d+\.keras")
MAGIC = "keras_tips_snapshot"
FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """A moment of a training, and the file that holds the model and the optimizer as they were then.

    Args:
        path: the `.keras` file; `keras.saving.load_model(path)` opens it.
        epoch: how many epochs were complete.
        step: how many training steps were done, counted through all epochs.
        metrics: what Keras told at the end of the epoch; empty for a snapshot within an epoch.
        time: when, in ISO 8601.
        state: shapes of the variables, and the states of the seed generators, which Keras does not store.

    Example:

    >>> Snapshot(Path("runs/first/epoch_0002_step_00000064.keras"), epoch=2, step=64, metrics={"loss": 0.25}).file
    'epoch_0002_step_00000064.keras'
    """

    path: Path
    epoch: int
    step: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    time: str = ""
    state: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def file(self) -> str:
        """The file's name."""
        return self.path.name

    def rank(self, quantity: str, mode: str) -> float | None:
        """Returns a number that is the smaller the better, or None where the quantity is missing or NaN."""
        value = self.metrics.get(quantity, math.nan)
        if math.isnan(value):
            return None
        return value if mode == "min" else -value


def stamp(path: Path, snapshot: Snapshot) -> None:
    """Writes into the file at `path`, a `.keras` archive, of which moment it is.

    Raises:
        ValueError: a model has so many metrics and seed generators that an archive's comment cannot hold them (64 KiB).
    """
    body = {
        MAGIC: FORMAT,
        "epoch": snapshot.epoch,
        "step": snapshot.step,
        "time": snapshot.time,
        "metrics": encoded(snapshot.metrics),
        "state": snapshot.state,
    }
    text = json.dumps(body, separators=(",", ":")).encode()
    if len(text) > zipfile.ZIP_MAX_COMMENT:
        raise ValueError(
            f"Invalid `model`. Expected metrics and seed generators that fit into {zipfile.ZIP_MAX_COMMENT} bytes. "
            f"Received: {len(snapshot.metrics)} metrics and {len(snapshot.state.get('seeds', ()))} seed generators."
        )
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = text


def read_snapshot(path: Path) -> Snapshot:
    """Reads of which moment a file is, without reading the weights.

    Raises:
        ValueError: the file is damaged, is no snapshot, or was written by a later version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            body = json.loads(archive.comment)
        version = body[MAGIC]
        if version == FORMAT:
            return Snapshot(path, body["epoch"], body["step"], decoded(body["metrics"]), body["time"], body["state"])
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path) from error
    raise ValueError(f"Invalid snapshot {path}. Expected format {FORMAT}. Received: {version!r}. Update keras-tips to read it.")


def damaged(path: Path) -> ValueError:
    """Returns the error for a file that is not what a `SnapshotCheckpoint` wrote."""
    return ValueError(
        f"Invalid snapshot {path}. Expected a whole .keras file that SnapshotCheckpoint wrote. Received: a damaged one. "
        "Move it elsewhere, and training resumes from the snapshot before it."
    )


def encoded(metrics: Mapping[str, float]) -> dict[str, float | str]:
    """JSON has no NaN and no infinity: they stand there as words."""
    return {name: value if math.isfinite(value) else str(value) for name, value in metrics.items()}


def decoded(metrics: Mapping[str, float | str]) -> dict[str, float]:
    """Returns what `encoded` was given."""
    return {str(name): float(value) for name, value in metrics.items()}
