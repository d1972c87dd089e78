"""A run on disk: one file of JSON lines that is appended to while training.

The first line says the format (`{"keras_tips_run": 1}`); every further line is one `Record`. A line is written in one
piece and flushed, so a process that is killed can tear the last line only; the reader leaves it out and says so in the
run's notes. One process writes a file at a time: the writer holds the operating system's lock, which also goes with a
process that is killed.
"""

import json
import math
import os
from pathlib import Path
from typing import IO, Any

from keras_tips._base.arguments import invalid
from keras_tips.records.record import Record
from keras_tips.records.run import Run

try:
    import fcntl
except ImportError:  # not on Windows, where the lock is left out
    fcntl = None  # type: ignore[assignment]

__all__ = ["FORMAT", "RunFile", "is_run_file", "load_run"]

FORMAT = 1
MAGIC = "keras_tips_run"
NAME = "run.jsonl"  # of the file, where a folder is given


class RunFile:
    """Appends records to a run on disk.

    Args:
        path: the file, or a folder that holds or shall hold `run.jsonl`. An existing run is continued.

    Raises:
        ValueError: the file exists and is no run, or was written by a later version.
        BlockingIOError: another process, or another writer in this one, holds the run.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = run_path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] | None = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115 - kept open while training
        try:
            _lock(self._file, self.path)
            self._begin(self._file)
        except BaseException:
            self.close()
            raise

    def _begin(self, file: IO[str]) -> None:
        """Writes the first line of a new file; checks that of an old one and cuts off a torn end."""
        file.seek(0)
        text = file.read()
        if not text:
            self._write_line({MAGIC: FORMAT})
            return
        _check_first_line(text.split("\n", 1)[0], self.path)
        whole = text.rfind("\n") + 1
        if whole < len(text):
            os.ftruncate(file.fileno(), len(text[:whole].encode()))
            self.append(Record("note", {"text": TORN}))

    def append(self, *records: Record) -> None:
        """Writes records and hands them to the operating system at once."""
        for record in records:
            self._write_line({"kind": record.kind, **record.body})

    def _write_line(self, plain: dict[str, Any]) -> None:
        if self._file is None:
            raise ValueError(f"Invalid `RunFile`. Expected an open one. Received: {self.path}, which is closed.")
        self._file.write(json.dumps(_encoded(plain), separators=(",", ":"), allow_nan=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Ends writing and releases the lock. Closing twice is harmless."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        """A callback that is dropped after an exception closes its file quietly."""
        if getattr(self, "_file", None) is not None:
            self.close()


TORN = "The last line was torn, as by a process that was killed; it was left out."


def run_path(path: str | os.PathLike[str]) -> Path:
    """Returns the file that a path means: itself, or `run.jsonl` in it where it is a folder."""
    path = Path(path)
    return path / NAME if path.is_dir() else path


def is_run_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a stored run does."""
    try:
        with open(path, encoding="utf-8") as file:
            return f'"{MAGIC}"' in file.readline(200)
    except (OSError, UnicodeDecodeError):
        return False


def load_run(path: str | os.PathLike[str]) -> Run:
    """Reads a stored run, also while it is being written and after the writer was killed.

    Args:
        path: the file, or the folder that holds `run.jsonl`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no run, was written by a later version, or is damaged before its last line.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise invalid("path", "a file or folder with a stored run", path)
    path = run_path(path)
    if not path.exists():
        raise FileNotFoundError(f"No run at {path}. Expected a file that Doctor.save or a log_dir wrote.")
    try:
        first, *lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"Invalid run {path}. Expected JSON lines. Received bytes that are no text.") from error
    _check_first_line(first, path)
    torn = lines.pop() if lines else ""
    records = [_parsed(line, number, path) for number, line in enumerate(lines, 2)]
    if torn:
        records.append(Record("note", {"text": TORN}))
    return Run(tuple(records))


def _parsed(line: str, number: int, path: Path) -> Record:
    try:
        plain = _decoded(json.loads(line))
        return Record(plain.pop("kind"), plain)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"Invalid run {path}, line {number}. Expected one record. Received: {line[:60]!r}.") from error


def _check_first_line(line: str, path: Path) -> None:
    try:
        version = json.loads(line)[MAGIC]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"Invalid run {path}. Expected a first line with {MAGIC!r}. Received: {line[:60]!r}.") from error
    if not isinstance(version, int) or not 1 <= version <= FORMAT:
        raise ValueError(
            f"Invalid run {path}. Expected format 1 to {FORMAT}. Received: {version!r}. Update keras-tips to read it."
        )


def _encoded(value: Any) -> Any:
    """JSON has no NaN and no infinity: they travel as `{"__float__": "nan"}`."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"__float__": str(value)}
    if isinstance(value, dict):
        return {str(key): _encoded(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encoded(part) for part in value]
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"__float__"}:
            return float(value["__float__"])
        return {key: _decoded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_decoded(part) for part in value]
    return value


def _lock(file: IO[str], path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(f"Another writer holds {path}. Give this run a file or folder of its own.") from error
