"""What a folder holds: runs, a search, results; as plain objects for the report."""

import contextlib
import re
from pathlib import Path
from typing import Any

from keras_tips.callbacks.diagnose import diagnose
from keras_tips.cli.results import MEASURE, read_results
from keras_tips.records.leaderboard import Leaderboard
from keras_tips.records.run_file import NAME, is_run_file, load_run
from keras_tips.report.content import Report, ReportedRun
from keras_tips.search.stored import load_leaderboard

__all__ = ["read_folder"]

EARLIER = re.compile(r"run\.\d+\.jsonl")  # a run that a later one in the same folder replaced
MOST_RUNS = 50  # a page of more is no page to read


def read_folder(folder: Path, title: str = "") -> Report:
    """Reads every run below `folder`, the search in it, and its results.

    Raises:
        NotADirectoryError: there is no such folder.
        ValueError: nothing to report is in it, or a file in it is damaged.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"No folder at {folder}. Give the folder that a log_dir, a search or the demo wrote.")
    files = [path for path in folder.rglob("*") if path.is_file() and not EARLIER.fullmatch(path.name) and is_run_file(path)]
    files.sort(key=lambda path: (path.stat().st_mtime, str(path)))
    results = read_results(folder)
    runs = tuple(reported(path, folder, results) for path in files[:MOST_RUNS])
    leaderboard = search_in(folder)
    if not runs and leaderboard is None:
        raise ValueError(f"Invalid folder {folder}. Expected a stored run or a search in it. Received: neither.")
    return Report(
        title=title or folder.resolve().name,
        runs=runs,
        leaderboard=leaderboard,
        results={name: {MEASURE: row[MEASURE]} for name, row in results.items()},
        notes=(f"{len(files)} runs are stored here; the first {MOST_RUNS} are shown.",) if len(files) > MOST_RUNS else (),
        folder=str(folder) if any(folder.rglob("events.out.tfevents.*")) else "",
    )


def reported(path: Path, folder: Path, results: dict[str, dict[str, Any]]) -> ReportedRun:
    """One run with its diagnosis, named by where it lies."""
    run = load_run(path)
    place = path.relative_to(folder)
    name = str(place.parent if place.name == NAME and place.parent.name else place)
    return ReportedRun(name, run, diagnose(run), tuple(results.get(name, {}).get("applied", ())))


def search_in(folder: Path) -> Leaderboard | None:
    """The leaderboard of a search in `folder` or its subfolder `search`, or None."""
    for place in (folder, folder / "search"):
        with contextlib.suppress(FileNotFoundError):
            return load_leaderboard(place)
    return None
