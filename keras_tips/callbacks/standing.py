"""Where an early stopping stood at the end of an epoch, and the file in which that survives."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_tips._base.files import write_whole
from keras_tips.callbacks.progress import Progress

__all__ = ["Standing", "read_standings", "write_standings"]

NAME = "early_stopping.json"
FORMAT = 1
KEPT = 100  # standings: a training may be resumed that many epochs back; 100 of them are some 20 kB


@dataclass(frozen=True)
class Standing:
    """What an early stopping knew at the end of one epoch.

    Args:
        epoch: that epoch, counted from 0.
        progress: of each metric that was seen.
        stopped_epoch: the epoch in which it stopped the training; 0 if it has not.
        reason: why it did; None if it has not.

    >>> Standing(4, {"val_loss": Progress(0.5, epoch=3, wait=1)}).progress["val_loss"].best
    0.5
    """

    epoch: int
    progress: Mapping[str, Progress] = field(default_factory=dict)
    stopped_epoch: int = 0
    reason: str | None = None


def write_standings(folder: Path, standings: Sequence[Standing], monitors: Sequence[str], finished: bool = False) -> None:
    """Writes the last standings, whole or not at all.

    Args:
        folder: where to.
        standings: in the order of their epochs.
        monitors: metrics that are watched; a reader must watch the same.
        finished: whether `fit` came to its end.
    """
    body = {
        "format": FORMAT,
        "monitors": list(monitors),
        "finished": finished,
        "epochs": [dataclasses.asdict(standing) for standing in standings[-KEPT:]],
    }
    write_whole(folder / NAME, json.dumps(body, indent=1))


def read_standings(folder: Path, monitors: Sequence[str]) -> tuple[list[Standing], bool]:
    """Returns the standings in the order of their epochs, and whether that `fit` came to its end; none where there is no file.

    Raises:
        ValueError: the file is damaged, of a later version, or of a training that watched other metrics.
    """
    path = folder / NAME
    if not path.exists():
        return [], False
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        version = body["format"]
        standings = [_standing(each) for each in body["epochs"]] if version == FORMAT else []
        watched, finished = list(body["monitors"]), bool(body["finished"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {error}. Remove the folder to begin anew.") from error
    if version != FORMAT:
        raise ValueError(f"{path} has format {version!r}; this version of keras_tips reads format {FORMAT}.")
    if watched != list(monitors):
        raise ValueError(
            f"{path} belongs to a training that watched {watched}, not {list(monitors)}. Give another `state_dir`."
        )
    return standings, finished


def _standing(stored: Mapping[str, Any]) -> Standing:
    progress = {name: Progress(**each) for name, each in stored["progress"].items()}
    return Standing(**{**stored, "progress": progress})
