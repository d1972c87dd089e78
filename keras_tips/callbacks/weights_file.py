"""Weights of a model in one file of NumPy's, whole or untouched."""

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401 - gives NumPy the name bfloat16, and names of smaller floats
import numpy as np

__all__ = ["read_weights", "write_weights"]

DTYPES = "dtypes"


def write_weights(path: Path, weights: Sequence[Any]) -> None:
    """Writes arrays to `path`, so that a reader sees the old file or the new one, also after a kill.

    NumPy's files keep the bits of a bfloat16, but not what they mean; so the names of the types are written beside.
    """
    arrays = [np.asarray(weight) for weight in weights]
    named: dict[str, Any] = {f"weight_{place}": array for place, array in enumerate(arrays)}
    named[DTYPES] = np.array([array.dtype.name for array in arrays], dtype=str)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **named)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def read_weights(path: Path) -> list[np.ndarray]:
    """Returns the arrays in the order in which they were written.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or of another kind.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            names = file[DTYPES].tolist()
            return [_as_named(file[f"weight_{place}"], name) for place, name in enumerate(names)]
    except FileNotFoundError:
        raise
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} holds no weights, or is damaged: {error}") from error


def _as_named(array: np.ndarray, name: str) -> np.ndarray:
    return array if array.dtype.name == name else array.view(np.dtype(name))
