"""What the demo measured of each network at the end."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_tips._base.files import write_whole

__all__ = ["MEASURE", "read_results", "write_results"]

NAME = "results.json"
MEASURE = "test accuracy"


def write_results(folder: Path, results: Mapping[str, Mapping[str, Any]]) -> Path:
    """Writes network -> its accuracy on untouched rows (`MEASURE`), and the tips applied to it (`"applied"`)."""
    return write_whole(folder / NAME, json.dumps(results, indent=1) + "\n")


def read_results(folder: Path) -> dict[str, dict[str, Any]]:
    """Reads what `write_results` wrote; empty where there is nothing.

    Raises:
        ValueError: the file is damaged; the text names it.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): {MEASURE: float(row[MEASURE]), "applied": list(row["applied"])} for name, row in stored.items()}
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise ValueError(f"Invalid {path}. Expected results by network. Remove it, or run the demo again.") from error
