"""KerasTuner's random search with what it lacks: whole files, a seed that holds, a resume that forgets nothing.

Everything here works around something in KerasTuner 1.4.8; `tests/search/test_seeded_oracle.py` says when upstream has
repaired it and the code can go.
"""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras_tuner
import keras_tuner.src.config as tuner_settings
from keras_tuner.oracles import RandomSearchOracle

from keras_tips._base.files import write_whole
from keras_tips.search.plan import trial_seed

__all__ = ["SeededOracle"]

FINISHED = ("COMPLETED", "FAILED")
# How often in a row a point may be drawn that was tried before, until the space counts as exhausted. KerasTuner's own 20
# ends a search over a few choices with points left: 1 of 8 is then missed 7 times in 100.
MOST_COLLISIONS = 1000


class SeededOracle(RandomSearchOracle):
    """Draws points at random; point number n depends on the seed and n alone.

    Args:
        objective: a `keras_tuner.Objective`.
        trials: how many points.
        hyperparameters: the whole space.
        seed: from 0 on.
    """

    def __init__(self, objective: keras_tuner.Objective, trials: int, hyperparameters: Any, seed: int) -> None:
        super().__init__(
            objective=objective,
            max_trials=trials,
            hyperparameters=hyperparameters,
            seed=max(seed, 1),  # KerasTuner replaces 0 by a random seed
            # One point that fails says nothing of the others; KerasTuner would give up after three without naming a reason.
            max_consecutive_failed_trials=trials + 1,
        )
        self.seed = seed
        self._max_collisions = MOST_COLLISIONS

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Draws a point. KerasTuner counts its seed up by one per value, so that neighbouring seeds share most values."""
        self._seed_state = trial_seed(self.seed, f"point {int(trial_id)}")
        return super().populate_space(trial_id)

    def create_trial(self, tuner_id: str) -> Any:
        """As KerasTuner does, in silence."""
        with _no_thread_warnings():
            return super().create_trial(tuner_id)

    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Any:
        """As KerasTuner does, in silence."""
        with _no_thread_warnings():
            return super().update_trial(trial_id, metrics, step)

    def end_trial(self, trial: Any) -> None:
        """As KerasTuner does, in silence."""
        with _no_thread_warnings():
            super().end_trial(trial)

    def save(self) -> None:
        """Writes the state in one piece; KerasTuner writes over the file, and a kill in between leaves half of it."""
        write_whole(self._get_oracle_fname(), json.dumps(self.get_state()))

    def _save_trial(self, trial: Any) -> None:
        write_whole(os.path.join(self._get_trial_dir(trial.trial_id), "trial.json"), json.dumps(trial.get_state()))

    def reload(self) -> None:
        """Reads the state, and queues every trial that has not finished.

        KerasTuner queues those that its main file knows to be running. A kill between two files can leave a trial that is
        nowhere, or queue one that has finished. It also finds trials in the order of the file system, on which the order of
        equal scores would depend.
        """
        super().reload()
        self.trials: dict[str, Any] = dict(sorted(vars(self)["trials"].items()))
        unfinished = [name for name, trial in self.trials.items() if trial.status not in FINISHED]
        self._retry_queue = sorted(unfinished, reverse=True)  # taken from the end
        for name in unfinished:
            trial = self.trials[name]
            trial.metrics = type(trial.metrics)()
            trial.score, trial.message = None, None


@contextmanager
def _no_thread_warnings() -> Iterator[None]:
    """KerasTuner calls two functions of `threading` that Python has deprecated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"(currentThread|getName)\(\) is deprecated", DeprecationWarning)
        yield


@contextmanager
def without_tracebacks() -> Iterator[None]:
    """Keeps KerasTuner from printing the traceback of every trial that fails: its reason stands on the leaderboard."""
    before = tuner_settings.DEBUG
    tuner_settings.DEBUG = False
    try:
        yield
    finally:
        tuner_settings.DEBUG = before
