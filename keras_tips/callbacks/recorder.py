"""Writes down what a callback measured, in memory and on disk."""

import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_tips._base.arguments import invalid
from keras_tips.records.record import Record
from keras_tips.records.run import Run
from keras_tips.records.run_file import NAME, RunFile, is_run_file, load_run

__all__ = ["Recorder"]


class Recorder:
    """Collects the records of one run and hands them out as a `Run`.

    Args:
        folder: where the run is also written, to `run.jsonl`, as it grows; None for in memory only. A run that is there
            already is gone on with, or kept beside, as `run.1.jsonl` and so on: see `open`.
    """

    _writers: "weakref.WeakValueDictionary[Path, Recorder]" = weakref.WeakValueDictionary()

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._records: list[Record] = []
        self._facts: dict[str, Any] = {}
        self._run = Run()
        self._folder = None if folder is None else Path(folder).absolute()
        self._path: Path | None = None  # of the run's file, once it is made
        self._file: RunFile | None = None
        self._written = 0  # how many of the records the file has
        self._release: Callable[[], None] = _nothing

    def open(self, release: Callable[[], None], going_on: bool = False) -> None:
        """Makes the file, or takes it again after `close`, to go on with the same run; what the file lacks is written to it.

        Args:
            release: is called when a later recorder of this process wants the folder; it closes this one if its training
                is over.
            going_on: whether the run that is in the folder, of another process perhaps, is gone on with, where its facts
                about the layers are the same.

        Raises:
            BlockingIOError: another process, or a training that goes on in this one, is writing to the folder.
        """
        if self._folder is None or self._file is not None:
            return
        earlier = self._writers.get(self._folder)
        if earlier is not None and earlier is not self:
            earlier._release()
        self._file = self._taken(going_on)
        self._file.append(*self._records[self._written :])
        self._written = len(self._records)
        self._path, self._release = self._file.path, release
        self._writers[self._folder] = self

    def _taken(self, going_on: bool) -> RunFile:
        """The file to write to."""
        if self._path is not None:
            return RunFile(self._path)
        folder = self._folder or Path()
        if not (going_on and is_run_file(folder / NAME)):
            return _new_file(folder)
        file = RunFile(folder / NAME)  # first the lock, then the look
        stored = load_run(file.path)
        if _network(stored.fact("layers")) != _network(self._facts.get("layers")):
            file.close()
            return _new_file(folder)
        self._records = [*stored.records, *self._records]
        self._written = len(stored.records)
        return file

    def add(self, kind: str, **body: Any) -> None:
        """Writes one record down."""
        record = Record(kind, body)
        self._records.append(record)
        if self._file is not None:
            self._file.append(record)
            self._written = len(self._records)

    def fact(self, name: str, value: Any) -> None:
        """Writes a fact down, unless it is known already."""
        if name not in self._facts or self._facts[name] != value:
            self._facts[name] = value
            self.add("fact", name=name, value=value)

    def note(self, text: str) -> None:
        """Writes a remark for people down, once."""
        if text not in self.run.notes:
            self.add("note", text=text)

    def series(self, quantity: str, places: Sequence[str], steps: Sequence[int], values: np.ndarray) -> None:
        """Writes numbers down: one row of `values` per step, one column per place."""
        if len(steps) and len(places):
            rows = [[_short(value) for value in row] for row in values]
            self.add("series", quantity=quantity, places=list(places), steps=[int(step) for step in steps], values=rows)

    def epoch(self, step: int, logs: Mapping[str, Any]) -> None:
        """Writes an epoch's metrics down, at its last step."""
        for name, value in logs.items():
            quantity = name.removeprefix("val_")
            place = "train" if quantity == name else "validation"
            if np.ndim(value) == 0:
                self.series(quantity, [place], [step], np.array([[value]], "float64"))

    @property
    def run(self) -> Run:
        """Everything so far, as a `Run` that does not change any more."""
        if len(self._run.records) != len(self._records):
            self._run = Run(tuple(self._records))
        return self._run

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes everything so far to a file at `path`, or `run.jsonl` in the folder `path`.

        Raises:
            ValueError: another kind of file is there.
        """
        target = Path(path)
        target = target / NAME if target.is_dir() else target
        if target.exists() and not is_run_file(target):
            raise invalid("path", "a new file, or a stored run to replace", str(path), "Choose another name.")
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        file = RunFile(beside)
        file.append(*self._records)
        file.close()
        os.replace(beside, target)
        return target

    def close(self) -> None:
        """Releases the file, if there is one; what is written down afterwards stays in memory."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _nothing() -> None:
    return None


def _network(layers: Any) -> list[tuple[Any, ...]] | None:
    """What two trainings of one network have in common, whatever its weights are."""
    known = isinstance(layers, list) and all(isinstance(layer, dict) for layer in layers)
    return [tuple(map(str, map(layer.get, ("name", "kind", "variables")))) for layer in layers] if known else None


def _short(value: float) -> float:
    """Nine digits tell every float32 apart, and halve the file."""
    return float(f"{value:.9g}")


def _new_file(folder: Path) -> RunFile:
    """Opens `run.jsonl` in `folder`; an earlier run moves to the first free `run.N.jsonl`, unless it is being written."""
    path = folder / NAME
    if is_run_file(path):
        RunFile(path).close()  # raises where another process writes it
        number = 1
        while (folder / f"run.{number}.jsonl").exists():
            number += 1
        path.rename(folder / f"run.{number}.jsonl")
    return RunFile(path)
