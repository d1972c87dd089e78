"""Which snapshots a folder keeps, as the last and as the best, and the index that tells a person so."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_tips._base.files import write_whole
from keras_tips.callbacks.snapshot import NAME, Snapshot, encoded, read_snapshot

__all__ = ["INDEX", "SnapshotIndex", "choose", "quantity_of", "read_index", "write_index"]

INDEX = "index.json"
MAGIC = "keras_tips_snapshots"
FORMAT = 1


@dataclass(frozen=True)
class SnapshotIndex:
    """The snapshots that are kept.

    Args:
        snapshots: all, in the order of their steps.
        last: the newest, newest first.
        best: the best by `monitor`, best first.
        monitor: the quantity by which they are ranked; "" before anything could be ranked.
        mode: `"min"` or `"max"`; "" before anything could be ranked.
    """

    snapshots: tuple[Snapshot, ...] = ()
    last: tuple[Snapshot, ...] = ()
    best: tuple[Snapshot, ...] = ()
    monitor: str = ""
    mode: str = ""


def quantity_of(snapshots: Iterable[Snapshot], monitor: str) -> str | None:
    """Returns by which metric to rank: `monitor`, or its like on the training data where no snapshot has `monitor`."""
    for name in (monitor, monitor.removeprefix("val_")):
        if any(name in snapshot.metrics for snapshot in snapshots):
            return name
    return None


def choose(
    snapshots: Iterable[Snapshot], keep_last: int | None, keep_best: int, monitor: str, mode: str | None
) -> SnapshotIndex:
    """Chooses what is kept: the last ones, and the best ones (NaN is never best; of equal ones, the earlier).

    Args:
        snapshots: what there is.
        keep_last: how many of the newest are kept; None keeps all.
        keep_best: how many of the best are kept.
        monitor: the metric to rank by.
        mode: `"min"` or `"max"`; None while it is not known, and all that could turn out the best are kept.
    """
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.step)
    last = ordered[::-1][:keep_last]
    quantity = quantity_of(ordered, monitor) if keep_best else None
    ranks = {each: rank for each in range(len(ordered)) if (rank := _rank(ordered[each], quantity, mode)) is not None}
    ranked = [ordered[each] for each in sorted(ranks, key=lambda each: (ranks[each], each))]
    kept = [*last, *(ranked[:keep_best] if mode else ranked)]
    return SnapshotIndex(
        snapshots=tuple(each for each in ordered if any(each is one for one in kept)),
        last=tuple(last),
        best=tuple(ranked[:keep_best]) if mode else (),
        monitor=quantity or "",
        mode=mode or "" if quantity else "",
    )


def _rank(snapshot: Snapshot, quantity: str | None, mode: str | None) -> float | None:
    return None if quantity is None else snapshot.rank(quantity, mode or "min")


def read_index(folder: Path) -> SnapshotIndex:
    """Reads what a folder keeps. The files tell what there is; the index, which of them are the best.

    A whole snapshot that the index does not name (the writer was killed between the two) is taken in; one that was deleted by
    hand is forgotten; a missing index is no error.

    Raises:
        ValueError: the index or a snapshot is damaged, or was written by a later version.
    """
    told = _told(folder / INDEX)
    paths = [path for path in folder.glob("*.keras") if NAME.fullmatch(path.name)]
    there = [snapshot for path in paths if (snapshot := _read(path)) is not None]
    snapshots = sorted(there, key=lambda snapshot: snapshot.step)
    by_file = {snapshot.file: snapshot for snapshot in snapshots}
    return SnapshotIndex(
        snapshots=tuple(snapshots),
        last=tuple(by_file[file] for file in told["last"] if file in by_file),
        best=tuple(by_file[file] for file in told["best"] if file in by_file),
        monitor=told["monitor"],
        mode=told["mode"],
    )


def _read(path: Path) -> Snapshot | None:
    """Reads a snapshot; None where a training that goes on has deleted it since the folder was listed."""
    try:
        return read_snapshot(path)
    except FileNotFoundError:
        return None


def _told(path: Path) -> dict[str, Any]:
    """Reads an index as it stands; an empty one where there is none."""
    if not path.exists():
        return {"last": [], "best": [], "monitor": "", "mode": ""}
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        told = json.loads(text)
        version = told[MAGIC]
        if version == FORMAT and _is_whole(told):
            return told
    except (ValueError, KeyError, TypeError) as error:
        raise _invalid(path, text) from error
    if isinstance(version, int) and version > FORMAT:
        raise ValueError(f"Invalid index {path}. Expected format {FORMAT}. Received: {version}. Update keras-tips to read it.")
    raise _invalid(path, text)


def _is_whole(told: dict[str, Any]) -> bool:
    names = [*told["last"], *told["best"], told["monitor"], told["mode"], *(entry["file"] for entry in told["snapshots"])]
    return all(isinstance(name, str) for name in names)


def _invalid(path: Path, text: str) -> ValueError:
    return ValueError(
        f"Invalid index {path}. Expected the JSON that SnapshotCheckpoint wrote. Received: {text[:60]!r}. "
        "Delete this file alone: it is made anew from the snapshots beside it."
    )


def write_index(folder: Path, index: SnapshotIndex) -> None:
    """Writes the index, whole or not at all."""
    told = {
        MAGIC: FORMAT,
        "monitor": index.monitor,
        "mode": index.mode,
        "last": [snapshot.file for snapshot in index.last],
        "best": [snapshot.file for snapshot in index.best],
        "snapshots": [
            {"file": one.file, "epoch": one.epoch, "step": one.step, "time": one.time, "metrics": encoded(one.metrics)}
            for one in index.snapshots
        ],
    }
    write_whole(folder / INDEX, json.dumps(told, indent=2, allow_nan=False) + "\n")
