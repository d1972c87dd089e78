"""The trials of a search, best first."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_tips._base.arguments import check_choice

__all__ = ["Leaderboard", "Trial"]

STATUSES = ("completed", "failed", "pruned", "running")


@dataclass(frozen=True)
class Trial:
    """One point of a search.

    Attributes:
        trial: its name.
        status: `"completed"`, `"failed"`, `"pruned"` or `"running"`.
        score: the objective, None until there is one.
        values: parameter -> value; parameters that play no part in this trial are left out.
        epochs: how many epochs were trained.
        reason: why it failed or was pruned.
    """

    trial: str
    status: str
    score: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    reason: str = ""

    def __post_init__(self) -> None:
        check_choice("status", self.status, STATUSES)


@dataclass(frozen=True)
class Leaderboard:
    """All trials of a search, best first; those without a score come last, in the order of their names.

    Attributes:
        trials: in any order when it is made, best first from then on.
        objective: name of what `score` is, such as `"val_accuracy"`.
        goal: `"max"` or `"min"`.
        best_model: path of the best trial's saved model, or "".
    """

    trials: tuple[Trial, ...] = ()
    objective: str = "val_accuracy"
    goal: str = "max"
    best_model: str = ""

    def __post_init__(self) -> None:
        check_choice("goal", self.goal, ("max", "min"))
        sign = -1.0 if self.goal == "max" else 1.0

        def order(trial: Trial) -> tuple[bool, float, str]:
            scored = trial.score is not None and math.isfinite(trial.score)
            return (not scored, sign * trial.score if scored and trial.score is not None else 0.0, trial.trial)

        object.__setattr__(self, "trials", tuple(sorted(self.trials, key=order)))

    @property
    def best(self) -> Trial | None:
        """The first trial that was completed, or None."""
        return next((trial for trial in self.trials if trial.status == "completed"), None)

    def to_json(self) -> str:
        """Returns a JSON list of the trials, best first."""
        return json.dumps([_plain(trial) for trial in self.trials], indent=1, allow_nan=False)


def _plain(trial: Trial) -> dict[str, Any]:
    score = trial.score if trial.score is not None and math.isfinite(trial.score) else None
    return {
        "trial": trial.trial,
        "status": trial.status,
        "score": score,
        "values": dict(trial.values),
        "epochs": trial.epochs,
        "reason": trial.reason,
    }
