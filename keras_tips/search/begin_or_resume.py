"""What a search was begun with, so that it is not resumed as another."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from keras_tips._base.files import write_whole
from keras_tips.records.experiment import Experiment
from keras_tips.search.search_config import SearchConfig
from keras_tips.search.state_files import FORMAT, MAGIC, StateFiles

__all__ = ["begin_or_resume"]

ROWS_LOOKED_AT = 1000  # evenly spread; enough to tell two data sets apart, and quick for any size


def begin_or_resume(
    files: StateFiles,
    config: SearchConfig,
    data: tuple[np.ndarray, np.ndarray],
    experiment: Experiment | None,
    *,
    write: bool,
) -> None:
    """Checks that a stored search is the one that is asked for, and writes down what a new one is begun with.

    Args:
        files: of the search.
        config: that is asked for.
        data: the training rows.
        experiment: that is asked for.
        write: False to look only.

    Raises:
        ValueError: the folder holds another search or is damaged; the text names the key or the file.
    """
    asked = {"config": config.plain(), "data": _fingerprint(data), "experiment": _hash_of(experiment)}
    if not files.search.exists():
        files.check()
        if write:
            write_whole(files.search, json.dumps({MAGIC: FORMAT, **asked}, indent=1))
        return
    stored = files.read_search()
    files.check()
    for key, before, now in _differences(stored, asked):
        cure = "Put the old value back, or give the new search a folder of its own."
        raise ValueError(
            f"Invalid `{key}`. Expected {before}, with which the search in {files.folder} was begun. Received: {now}. {cure}"
        )


def _differences(stored: Any, asked: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Yields key, what was stored and what is asked, for all that differs."""
    if isinstance(asked, Mapping) and isinstance(stored, Mapping):
        keys = [*asked, *(key for key in stored if key not in asked and key != MAGIC)]
        for key in keys:
            inner = f"{place}.{key}" if place else key
            yield from _differences(stored.get(key), asked.get(key), inner)
    elif stored != asked:
        yield place.removeprefix("config."), *("nothing" if value is None else repr(value) for value in (stored, asked))


def _fingerprint(data: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    x, y = data
    rows = np.unique(np.linspace(0, len(x) - 1, ROWS_LOOKED_AT).astype(int))
    digest = hashlib.sha256(np.ascontiguousarray(x[rows]).tobytes() + np.ascontiguousarray(y[rows]).tobytes())
    return {"inputs": list(x.shape), "targets": list(y.shape), "hash": digest.hexdigest()[:16]}


def _hash_of(experiment: Experiment | None) -> str | None:
    if experiment is None:
        return None
    parts = (experiment.model, experiment.compile, experiment.fit, experiment.callbacks, experiment.adapt)
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
