"""Reads a search from disk: while it runs, after it ended, and after it was killed. Imports no framework."""

import os
from pathlib import Path
from typing import Any

from keras_tips._base.arguments import invalid
from keras_tips.records.leaderboard import Leaderboard, Trial
from keras_tips.search.state_files import StateFiles, read_state

__all__ = ["load_curves", "load_leaderboard"]

STATUSES = {"COMPLETED": "completed", "FAILED": "failed", "STOPPED": "pruned"}  # all others are still to be finished
LONGEST_REASON = 300  # characters


def load_leaderboard(directory: str | os.PathLike[str]) -> Leaderboard:
    """Returns the leaderboard of a search, as it stands now.

    A trial that runs, or ran when the search was killed, has the status `"running"`.

    Args:
        directory: the folder that was given to `search`.

    Raises:
        FileNotFoundError: there is no search.
        ValueError: a state file is damaged; the text names it.
    """
    files = state_files(directory)
    objective = files.read_search()["config"]["objective"]
    trials = tuple(read_trial(files, path) for path in files.trials())
    best_model = str(files.best_model) if files.best_model.exists() else ""
    return Leaderboard(trials, objective["name"], objective["goal"], best_model)


def load_curves(directory: str | os.PathLike[str]) -> dict[str, list[dict[str, float | None]]]:
    """Returns the learning curves of a search: trial -> metrics by epoch; None where a metric was not finite.

    Raises:
        FileNotFoundError: there is no search.
        ValueError: a state file is damaged; the text names it.
    """
    files = state_files(directory)
    files.read_search()
    paths = sorted((files.folder / "curves").glob("*.json"))
    return {path.stem: read_state(path, "epochs")["epochs"] for path in paths}


def state_files(directory: Any) -> StateFiles:
    """Returns the files of the search in a folder."""
    if not isinstance(directory, (str, os.PathLike)):
        raise invalid("directory", "the path of a folder", directory)
    return StateFiles(Path(directory))


def read_trial(files: StateFiles, path: Path) -> Trial:
    """Returns the trial that one of KerasTuner's files holds.

    Raises:
        ValueError: the file is damaged.
    """
    stored = read_state(path, "trial_id", "status", "score", "hyperparameters")
    name = str(stored["trial_id"])
    curve = files.curve(name)
    epochs = len(read_state(curve, "epochs")["epochs"]) if curve.exists() else 0
    values = dict(stored["hyperparameters"]["values"])
    status = STATUSES.get(stored["status"], "running")
    return Trial(name, status, stored["score"], values, epochs, _reason(stored.get("message")))


def _reason(message: str | None) -> str:
    """The last line of a traceback, without the name of KerasTuner's own error."""
    lines = [line for line in (message or "").splitlines() if line.strip()]
    if not lines:
        return ""
    return lines[-1].removeprefix("keras_tuner.src.errors.FailedTrialError: ")[:LONGEST_REASON]
