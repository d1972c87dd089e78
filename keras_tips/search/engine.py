"""Runs a search, or goes on with one."""

import gc
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import invalid
from keras_tips._base.files import write_whole
from keras_tips.records.experiment import Experiment
from keras_tips.records.leaderboard import Leaderboard, Trial
from keras_tips.report.board import write_experiment, write_trial
from keras_tips.search.begin_or_resume import begin_or_resume
from keras_tips.search.choices import choices
from keras_tips.search.experiment_tuner import ExperimentTuner
from keras_tips.search.folder_lock import folder_lock
from keras_tips.search.plan import Plan
from keras_tips.search.search_config import SearchConfig
from keras_tips.search.split import split
from keras_tips.search.state_files import StateFiles, read_state
from keras_tips.search.stored import load_leaderboard, read_trial, state_files
from keras_tips.search.task import Task

__all__ = ["search"]

VALIDATION_SHARE = 0.2  # of the rows, where no validation data is given


def search(
    config: SearchConfig,
    data: tuple[Any, Any],
    directory: str | os.PathLike[str],
    validation_data: tuple[Any, Any] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    experiment: Experiment | None = None,
    verbose: int | str = 0,
    progress: Callable[[Trial], None] | None = None,
) -> Leaderboard:
    """Searches over the parameters and tips of a config, and goes on with what it finds in `directory`.

    The same config, data and seed give the same points and the same scores, also when the search was killed and resumed.
    The folder holds the leaderboard's state, learning curves, what TensorBoard shows, and the best model as `best.keras`
    with the weights of its best epoch. A trial's score is the best epoch's, so it is a little optimistic: measure the best
    model once more on rows that took no part.

    Args:
        config: from `load_config`.
        data: `(x, y)` of training, arrays of shape `(rows, ...)`. Whole numbers or one-hot rows in `y` are classes,
            floats are a regression.
        directory: of this search; made where it is missing.
        validation_data: `(x, y)`; without it a fifth of the rows is kept for validation, chosen by the config's seed with
            equal shares of each class.
        callbacks: of Keras; each trial gets a copy.
        experiment: what to vary instead of the built-in model: the learning rate, the batch size and the tips.
        verbose: 0 is silent; 1 shows KerasTuner's tables and Keras's epochs.
        progress: called with each trial that has ended; on resuming first with those of before.

    Returns:
        All trials, best first. Trials that failed are among them, with the reason.

    Raises:
        ValueError: an argument does not fit, the stored search was begun with another config or other data, or one of its
            files is damaged. Nothing on disk has been changed then.
        BlockingIOError: another search is running in this folder.

    Example: `examples/search_over_tips.py`.
    """
    if not isinstance(config, SearchConfig):
        raise invalid("config", "a SearchConfig", config, "Read one with load_config(path).")
    if experiment is not None and not isinstance(experiment, Experiment):
        raise invalid("experiment", "None or an Experiment", experiment, "Make one with keras_tips.tips.describe(model).")
    training, validation = _parts(config, data, validation_data)
    plan = Plan(config, training[0].shape[1:], Task.of(np.concatenate([training[1], validation[1]])), experiment)
    plan.check()
    files = state_files(directory)
    begin_or_resume(files, config, training, experiment, write=False)
    with nullcontext() if _is_worker() else folder_lock(files.lock):
        begin_or_resume(files, config, training, experiment, write=not _is_worker())
        _run(plan, files, training, validation, list(callbacks or ()), verbose, progress)
    return load_leaderboard(files.folder)


def _is_worker() -> bool:
    """Whether KerasTuner's chief, another process, leads this search: it then holds the lock and writes the state."""
    return "KERASTUNER_ORACLE_IP" in os.environ and "chief" not in os.environ.get("KERASTUNER_TUNER_ID", "")


def _run(
    plan: Plan,
    files: StateFiles,
    data: tuple[Any, Any],
    validation_data: tuple[Any, Any],
    callbacks: list[Any],
    verbose: int | str,
    progress: Callable[[Trial], None] | None,
) -> None:
    """Trains what is left to train."""
    objective = plan.config.objective.name
    columns = choices(plan.config)

    def ended(name: str) -> None:
        trial = read_trial(files, files.project / f"trial_{name}" / "trial.json")
        metrics = {} if trial.score is None else {objective: trial.score}
        write_trial(files.board / name, trial, metrics, columns)
        if progress is not None:
            progress(trial)

    if not _is_worker():
        write_experiment(files.board, columns, [objective])
        for trial in sorted(load_leaderboard(files.folder).trials, key=lambda trial: trial.trial):
            if trial.status != "running" and progress is not None:
                progress(trial)
    tuner = ExperimentTuner(plan, files, ended)
    with _old_objects_out_of_sight():
        tuner.search(data, validation_data, callbacks=callbacks, verbose=verbose)
    if not _is_worker():
        _save_best(tuner, files)


def _save_best(tuner: ExperimentTuner, files: StateFiles) -> None:
    """Writes the best trial's model, unless it is there already."""
    best = load_leaderboard(files.folder).best
    if best is None:
        return
    if files.best_model.exists() and files.best.exists() and read_state(files.best, "trial")["trial"] == best.trial:
        return
    beside = files.folder / ".best.keras"
    tuner.load_model(tuner.oracle.get_trial(best.trial)).save(beside)
    os.replace(beside, files.best_model)
    write_whole(files.best, json.dumps({"trial": best.trial}))


@contextmanager
def _old_objects_out_of_sight() -> Iterator[None]:
    """Each trial collects garbage; without the objects from before the search that takes a twentieth of the time."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _parts(config: SearchConfig, data: Any, validation_data: Any) -> tuple[Any, Any]:
    training = _rows("data", data)
    if validation_data is None:
        return split(*training, share=VALIDATION_SHARE, seed=config.search.seed)
    validation = _rows("validation_data", validation_data)
    if validation[0].shape[1:] != training[0].shape[1:]:
        shape = training[0].shape[1:]
        raise invalid("validation_data", f"rows of shape {shape}, as in data", validation[0].shape[1:])
    return training, validation


def _rows(name: str, pair: Any) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise invalid(name, "a pair (x, y)", type(pair).__name__)
    x, y = (np.asarray(part) for part in pair)
    if x.ndim < 2 or y.ndim < 1 or len(x) != len(y) or x.dtype.kind not in "iubf":
        cure = "Give numbers, one row per example in both."
        raise invalid(name, "x of shape (rows, ...) and y of as many rows", f"shapes {x.shape} and {y.shape}", cure)
    if not np.isfinite(x).all():
        raise invalid(name, "finite numbers", "NaN or infinity in them", "Remove or repair those rows first.")
    return x, y
