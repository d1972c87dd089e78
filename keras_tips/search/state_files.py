"""The files of a search on disk.

search.json        the config it was begun with, and which data
search.lock        held by the process that searches
tuner/             KerasTuner's own state: oracle.json, and one folder per trial with trial.json and weights
curves/TRIAL.json  metrics by epoch
best.json          which trial best.keras is
best.keras         the best model
board/             what TensorBoard shows
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["StateFiles"]

FORMAT = 1
MAGIC = "keras_tips_search"


@dataclass(frozen=True)
class StateFiles:
    """Where everything of one search lies.

    Args:
        folder: of the search.
    """

    folder: Path

    @property
    def search(self) -> Path:
        """What the search was begun with."""
        return self.folder / "search.json"

    @property
    def lock(self) -> Path:
        """Held by the process that searches."""
        return self.folder / "search.lock"

    @property
    def project(self) -> Path:
        """KerasTuner's folder."""
        return self.folder / "tuner"

    @property
    def best(self) -> Path:
        """Which trial the best model is."""
        return self.folder / "best.json"

    @property
    def best_model(self) -> Path:
        """The best model."""
        return self.folder / "best.keras"

    @property
    def board(self) -> Path:
        """TensorBoard's folder."""
        return self.folder / "board"

    def curve(self, trial: str) -> Path:
        """The learning curve of a trial."""
        return self.folder / "curves" / f"{trial}.json"

    def trials(self) -> list[Path]:
        """KerasTuner's file of every trial, in the order of their names."""
        return sorted(self.project.glob("trial_*/trial.json"), key=lambda path: path.parent.name)

    def read_search(self) -> dict[str, Any]:
        """Returns what the search was begun with.

        Raises:
            FileNotFoundError: there is no search here.
            ValueError: the file is damaged, or a later version wrote it.
        """
        if not self.search.exists():
            cure = "Name the folder that was given to a search as directory."
            raise FileNotFoundError(f"No search in {self.folder}. Expected a folder with {self.search.name}. {cure}")
        stored = read_state(self.search, MAGIC, "config")
        if stored[MAGIC] != FORMAT:
            sentence = f"Invalid search {self.search}. Expected format {FORMAT}. Received: {stored[MAGIC]!r}."
            raise ValueError(f"{sentence} Update keras-tips to read it.")
        return stored

    def check(self) -> None:
        """Raises `ValueError` naming the first state file that is damaged, before anything is changed."""
        for path in self.trials():
            read_state(path, "trial_id", "status", "score", "hyperparameters")
        for path in sorted(self.project.glob("*.json")):
            read_state(path, *(("start_order", "hyperparameters", "seed") if path.name == "oracle.json" else ()))
        for path in sorted((self.folder / "curves").glob("*.json")):
            read_state(path, "epochs")
        if self.best.exists():
            read_state(self.best, "trial")


def read_state(path: Path, *keys: str) -> dict[str, Any]:
    """Returns the content of a state file.

    Raises:
        ValueError: it is no JSON object with these keys.
    """
    cure = "Put back a copy of it, or begin a new search in another folder."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"Damaged state file {path}. Expected JSON. Received: {os.path.getsize(path)} bytes that are none. {cure}"
        ) from error
    missing = [key for key in keys if not isinstance(content, dict) or key not in content]
    if missing or not isinstance(content, dict):
        raise ValueError(f"Damaged state file {path}. Expected a JSON object with {', '.join(keys) or 'keys'}. {cure}")
    return content
