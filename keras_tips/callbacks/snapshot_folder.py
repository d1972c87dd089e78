"""A folder of snapshots that one process writes at a time, and that a kill at any moment leaves whole.

A snapshot is written in a hidden folder inside, brought to the disk, and then renamed; next the index is written; last, what
is not kept is deleted. So whatever the index names is there and complete, at each moment.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

from keras_tips.callbacks.snapshot import NAME, Snapshot, stamp
from keras_tips.callbacks.snapshot_index import INDEX, SnapshotIndex, read_index, write_index

try:
    import fcntl
except ImportError:  # not on Windows, where the lock is left out
    fcntl = None  # type: ignore[assignment]

__all__ = ["SnapshotFolder"]

LOCK = ".lock"
WRITING = ".writing"  # a folder: Keras may put files of its own beside the one that it writes


class SnapshotFolder:
    """Writes snapshots into a folder and deletes those that are not kept.

    Args:
        path: the folder; it is made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index = SnapshotIndex()
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Takes the folder for this process, reads what there is and sweeps half-written files away.

        Raises:
            ValueError: the index or a snapshot is damaged; nothing is changed then.
            BlockingIOError: another process, or another callback in this one, is writing to the folder.
        """
        if self._lock is None:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.path / LOCK)
        try:
            self.index = read_index(self.path)
        except BaseException:
            self.close()
            raise
        shutil.rmtree(self.path / WRITING, ignore_errors=True)
        for half in self.path.glob(f".{INDEX}.*"):
            half.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets others write. Closing twice is harmless."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def write(self, snapshot: Snapshot, save: Callable[[Path], None]) -> tuple[Snapshot, ...]:
        """Writes one snapshot, whole or not at all, and returns all that there are now.

        Args:
            snapshot: of which moment it is; only the name of its `path` counts.
            save: writes the `.keras` file to the path that it is given.
        """
        beside = self.path / WRITING / snapshot.file
        final = replace(snapshot, path=self.path / snapshot.file)
        beside.parent.mkdir(exist_ok=True)
        try:
            save(beside)
            stamp(beside, final)
            _to_disk(beside)
            os.replace(beside, final.path)
            _to_disk(self.path)
        finally:
            shutil.rmtree(beside.parent, ignore_errors=True)
        return (*(each for each in self.index.snapshots if each.path != final.path), final)

    def keep(self, index: SnapshotIndex) -> None:
        """Writes the index, then deletes the snapshots that it does not name."""
        write_index(self.path, index)
        self.index = index
        named = {snapshot.file for snapshot in index.snapshots}
        for path in self.path.glob("*.keras"):
            if NAME.fullmatch(path.name) and path.name not in named:
                path.unlink(missing_ok=True)

    def __del__(self) -> None:
        """A callback that is dropped after an exception lets go of its folder."""
        if getattr(self, "_lock", None) is not None:
            self.close()


def _locked(path: Path) -> IO[str]:
    file = open(path, "a", encoding="utf-8")  # noqa: SIM115 - kept open while training
    if fcntl is None:
        return file
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise BlockingIOError(f"Another training is writing to {path.parent}. Give this one a directory of its own.") from error
    return file


def _to_disk(path: Path) -> None:
    """Has a file, or the names in a folder, written to the disk itself."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)  # Windows wants to write what it brings to the disk
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
