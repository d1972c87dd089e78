"""Runs, diagnoses and searches as TensorBoard shows them.

Writing again replaces: each function first removes the event files that it wrote into the same folders before (it knows
them by the end of their names), and leaves everybody else's alone. So old and new points never mix.
"""

import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_tips._base.arguments import check_integer
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.leaderboard import Trial
from keras_tips.records.run import Run
from keras_tips.report.diagnosis_markdown import diagnosis_markdown
from keras_tips.report.epoch_ends import PLACES, epoch_ends
from keras_tips.report.event_file import EventFile
from keras_tips.report.hparams import experiment_summary, trial_end_summary, trial_start_summary
from keras_tips.report.layer_norms import layer_norms, norm_of_all

__all__ = ["write_experiment", "write_run", "write_trial"]

PLUGIN = "keras_tips"  # name of the Tips page's plugin
DIAGNOSIS_TAG = "diagnosis"
OWN_PLACE = "tips"  # folder of what only we measure
RUN_MARK = "keras_tips_run"
TRIAL_MARK = "keras_tips_trial"
EXPERIMENT_MARK = "keras_tips_experiment"


def write_run(folder: str | os.PathLike[str], run: Run, diagnosis: Diagnosis | None = None) -> None:
    """Writes a run, and what the doctor said of it, for TensorBoard.

    `folder/train` and `folder/validation` get the metrics per epoch under Keras's own tags (`epoch_loss`, ...), with the
    number of the epoch as step. `folder/tips` gets a few curves over training steps: the gradient's norm as a whole, of
    the layer where it is smallest and where it is largest; the update ratio of the median, the slowest and the
    fastest variable; and the diagnosis, as text for the Text tab and as data for the Tips page.

    Args:
        folder: the run's folder; its path below TensorBoard's log folder is the run's name.
        run: the measurements.
        diagnosis: what the doctor said, or None.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    for place in PLACES:
        _write_curves(folder / place, _epoch_metrics(run, place))
    _write_curves(folder / OWN_PLACE, _own_curves(run), diagnosis, _last_step(run))


def write_experiment(
    folder: str | os.PathLike[str], parameters: Mapping[str, Sequence[Any] | None], metrics: Sequence[str]
) -> None:
    """Writes the columns of the HParams table. Call it once per search, with the folder that holds the trials' folders.

    Args:
        folder: the search's folder.
        parameters: name -> its choices, or None where it is a range of numbers. Choices of several types are shown as text.
        metrics: names of the measures that `write_trial` will give, the objective first.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    remove_own_files(folder, EXPERIMENT_MARK)
    with EventFile(folder, EXPERIMENT_MARK) as file:
        file.summary(experiment_summary(parameters, metrics), step=0)


def write_trial(
    folder: str | os.PathLike[str],
    trial: Trial,
    metrics: Mapping[str, float],
    parameters: Mapping[str, Sequence[Any] | None] | None = None,
    seconds: float = 0.0,
) -> None:
    """Writes one trial of a search as one row of the HParams table. Call it again when the trial's status changes.

    A parameter that plays no part in the trial stays empty, and so does a measure that is not finite. A pruned trial counts
    as a success there, since HParams has no word for it.

    Args:
        folder: the trial's own folder, best called as the trial.
        trial: the trial.
        metrics: measure -> number, by the names that `write_experiment` announced.
        parameters: as for `write_experiment`, so that a parameter has one type in all rows; needed only where a parameter's
            choices have several types.
        seconds: how long the trial took.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    end = time.time()
    finite = {name: value for name, value in metrics.items() if value is not None and math.isfinite(value)}
    remove_own_files(folder, TRIAL_MARK)
    with EventFile(folder, TRIAL_MARK) as file:
        file.summary(trial_start_summary(trial, parameters or {}, end - seconds), step=0)
        file.scalars(finite, check_integer("epochs", trial.epochs, low=0))
        ending = trial_end_summary(trial, end)
        if ending is not None:
            file.summary(ending, step=0)


def _write_curves(
    folder: Path,
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    diagnosis: Diagnosis | None = None,
    last_step: int = 0,
) -> None:
    remove_own_files(folder, RUN_MARK)
    if not curves and diagnosis is None:
        return
    with EventFile(folder, RUN_MARK) as file:
        for step, values in _by_step(curves):
            file.scalars(values, step)
        if diagnosis is not None:
            file.text("tips/diagnosis", diagnosis_markdown(diagnosis), last_step)
            file.tensor_text(DIAGNOSIS_TAG, diagnosis.to_json(), last_step, PLUGIN)


def remove_own_files(folder: Path, mark: str) -> None:
    """Removes the event files of `folder` whose names end in `mark`."""
    for path in folder.glob(f"events.out.tfevents.*.{mark}"):
        path.unlink(missing_ok=True)


def _by_step(curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Iterator[tuple[int, dict[str, float]]]:
    """Turns curves into steps: each with the values of all curves that have one there."""
    table: dict[int, dict[str, float]] = {}
    for tag, (steps, values) in curves.items():
        for step, value in zip(steps, values, strict=True):
            table.setdefault(int(step), {})[tag] = float(value)
    yield from sorted(table.items())


def _epoch_metrics(run: Run, place: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The metrics of one place, with numbers of epochs (from 0, as Keras counts) in place of steps."""
    metrics = [name for name in run.quantities if place in run.places(name)]
    ends = epoch_ends(run)
    curves = {}
    for name in metrics:
        steps, values = run.series(name, place)
        curves[f"epoch_{name}"] = (np.searchsorted(ends, steps), values)
    return curves


def _own_curves(run: Run) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    curves: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    if "gradient_norm" in run.quantities:
        curves["tips/gradient_norm"] = norm_of_all(run, "gradient_norm", list(run.places("gradient_norm")))
        layers = _common(list(layer_norms(run).values()))
        curves |= {f"tips/gradient_norm_{name}_layer": curve for name, curve in _extremes(layers).items()}
    if "update_ratio" in run.quantities:
        variables = _common([run.series("update_ratio", place) for place in run.places("update_ratio")])
        curves["tips/update_ratio"] = (variables[0], _median(variables[1]))
        curves |= {f"tips/update_ratio_{name}": curve for name, curve in _extremes(variables).items()}
    return curves


def _common(series: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the steps that all series share, and their values there: one row per series."""
    steps = series[0][0]
    for others, _ in series[1:]:
        steps = np.intersect1d(steps, others)
    return steps, np.array([values[np.isin(own_steps, steps)] for own_steps, values in series])


def _extremes(rows: tuple[np.ndarray, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    steps, values = rows
    # fmin and fmax leave NaN out, as of a variable whose weights are all 0, unless everything is NaN.
    return {"smallest": (steps, np.fmin.reduce(values, axis=0)), "largest": (steps, np.fmax.reduce(values, axis=0))}


def _median(rows: np.ndarray) -> np.ndarray:
    """The median of each column without its NaNs; NaN where there is nothing else."""
    columns = [column[~np.isnan(column)] for column in rows.T]
    return np.array([np.median(column) if column.size else np.nan for column in columns])


def _last_step(run: Run) -> int:
    steps = [run.series(name, place)[0] for name in run.quantities for place in run.places(name)]
    return max((int(own[-1]) for own in steps if own.size), default=0)
