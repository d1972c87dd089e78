"""Finds the pieces of a folder: rules, probes and tips announce themselves by `__all__`."""

import importlib
import pkgutil
from typing import Any

__all__ = ["discover"]


def discover(package: str) -> dict[str, Any]:
    """Imports every module of `package` and returns its pieces by name, sorted.

    Each module names its one piece in `__all__`, and the piece carries that name: `rules/overfitting.py` holds
    `overfitting`. So a piece is added by adding its file, and no list has to be kept.

    Raises:
        ImportError: a module announces none or several pieces, or its piece is not called as its file.
    """
    folder = importlib.import_module(package)
    pieces: dict[str, Any] = {}
    for entry in sorted(pkgutil.iter_modules(folder.__path__), key=lambda entry: entry.name):
        module = importlib.import_module(f"{package}.{entry.name}")
        announced = tuple(getattr(module, "__all__", ()))
        if len(announced) != 1:
            raise ImportError(f"Invalid module {module.__name__}. Expected one name in `__all__`. Received: {announced}.")
        (name,) = announced
        if name != entry.name:
            raise ImportError(
                f"Invalid module {module.__name__}. Expected a piece named as its file, {entry.name!r}. Received: {name!r}."
            )
        piece = getattr(module, name)
        key = getattr(piece, "name", name)
        if key in pieces:
            raise ImportError(
                f"Invalid module {module.__name__}. The name {key!r} is taken in {package}. Rename one of the two."
            )
        pieces[key] = piece
    return pieces
