"""Stops a training that no longer gets better, and gives back its best weights."""

import logging
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_choice, check_integer, invalid, nearest
from keras_tips.callbacks.aim import Aim
from keras_tips.callbacks.metric_direction import metric_direction
from keras_tips.callbacks.moving_averages import averaging_optimizers, begin_averages_anew
from keras_tips.callbacks.per_monitor import modes_of, numbers_of
from keras_tips.callbacks.progress import Progress
from keras_tips.callbacks.standing import Standing
from keras_tips.callbacks.stop_reason import lost_reason, moment, reached_reason, stagnation_reason
from keras_tips.callbacks.stopping_state import StoppingState
from keras_tips.callbacks.when_fit_raises import when_fit_raises

__all__ = ["EarlyStopping"]

Numbers = float | Mapping[str, float] | None
Monitors = str | Sequence[str] | Mapping[str, str]


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Stops training when a metric no longer improves.

    Every argument of `keras.callbacks.EarlyStopping` has its place and its meaning, and on any series of finite values both
    stop in the same epoch, with the same best epoch. Two things are repaired without being asked for: NaN or infinity is
    never the best value (in Keras a first value of NaN remains the best for ever), and best weights also come back when
    `fit` is left by an exception or Ctrl-C. It is a subclass, because programs ask `isinstance` to find such a callback.

    A value v improves on the best value b, where less is better, if `v < b - min_delta`, and with
    `min_delta_mode="relative"` if `v < b - min_delta * |b|`. Where more is better, if it is greater than the sum.

    Args:
        monitor: name of a metric in the logs; or several, as a list, or as a mapping from name to mode. The first is the main
            one: best value, best epoch and best weights are its own.
        min_delta: least change that is an improvement, in the metric's unit; or a mapping from metric to number.
        patience: number of epochs (of checks, see `check_freq`) without improvement after which training stops.
        verbose: 0 is silent, 1 says when it stops and restores.
        mode: `"min"`, `"max"`, or `"auto"`: by what Keras knows of the metric.
        baseline: value that has to be improved on within `patience`; or a mapping from metric to number.
        restore_best_weights: whether the model has the weights of the best epoch when `fit` is over. Where a moving average
            of the weights was validated (`keras.callbacks.SwapEMAWeights`), it is that which is kept and restored. The
            optimizer's state is not restored, as in Keras; `BackupAndRestore` and `SnapshotCheckpoint` keep it.
        start_from_epoch: epochs to let pass before improvement counts.
        min_delta_mode: `"absolute"`, or `"relative"`: `min_delta` is a share of the best value.
        stop_when: with several metrics, `"all_stagnate"` stops when none has improved for `patience` epochs,
            `"any_stagnates"` as soon as one has not.
        check_freq: `"epoch"`, or a number of steps: metrics of the training are looked at after so many steps of an epoch,
            each time, and at its end. They are means since the epoch began. Only then are values brought to the host.
        stopping_threshold: value that is good enough: training stops once it is reached; or a mapping from metric to
            number, to be reached at the same time.
        divergence_threshold: value beyond which training is lost, and stops at once; or a mapping from metric to number.
        check_finite: whether to stop at once when a metric is NaN or infinite.
        restore_on_exception: whether `restore_best_weights` holds, too, where `fit` raises. False is what Keras does.
        state_dir: folder in which the state survives the process, even kill -9: where training stood at the end of each
            epoch, as JSON, and the best weights. A `fit` that begins at a later epoch than the first, because
            `BackupAndRestore`, `SnapshotCheckpoint` or `initial_epoch` say so, goes on from there; one that begins at the
            first epoch begins anew. One folder is for one training.

    Attributes:
        reason: why it stopped training, in one sentence; None where it did not.
        best: best value of the main metric so far; None before a finite one.
        best_epoch: its epoch, counted from 0. `best_step`: the steps that epoch had taken; None for its end.
        best_weights: the weights of that moment, with `restore_best_weights`.
        bests: metric to its own best value.
        wait: epochs or checks without improvement so far.
        stopped_epoch: the epoch in which it stopped training; 0 where it did not.

    Raises:
        ValueError: an argument is not as described; the text names it, and the nearest known name. In `fit`: Keras does not
            know whether a metric is to fall or to rise; or `state_dir` is damaged or of another training.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.0), "mse")
    >>> stopper = EarlyStopping("loss", patience=2, min_delta=0.01, min_delta_mode="relative")
    >>> _ = model.fit(np.ones((4, 1)), np.zeros((4, 1)), epochs=9, verbose=0, callbacks=[stopper])
    >>> stopper.stopped_epoch, stopper.best_epoch
    (2, 0)
    >>> stopper.reason
    'loss did not improve for 2 epochs (best: ... at epoch 1).'
    """

    def __init__(
        self,
        monitor: Monitors = "val_loss",
        min_delta: float | Mapping[str, float] = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: Numbers = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
        *,
        min_delta_mode: str = "absolute",
        stop_when: str = "all_stagnate",
        check_freq: str | int = "epoch",
        stopping_threshold: Numbers = None,
        divergence_threshold: Numbers = None,
        check_finite: bool = False,
        restore_on_exception: bool = True,
        state_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        self._modes = modes_of(monitor, mode)
        self.monitors = tuple(self._modes)
        main = self.monitors[0]
        patience = check_integer("patience", patience, 0)
        super().__init__(main, 0, patience, int(verbose) if isinstance(verbose, bool) else check_integer("verbose", verbose, 0))
        self.mode, self.min_delta, self.baseline = self._modes[main], min_delta, baseline
        self.restore_best_weights = _switch("restore_best_weights", restore_best_weights)
        self.start_from_epoch = check_integer("start_from_epoch", start_from_epoch, 0)
        self.min_delta_mode = check_choice("min_delta_mode", min_delta_mode, ("absolute", "relative"))
        self.stop_when = check_choice("stop_when", stop_when, ("all_stagnate", "any_stagnates"))
        self.check_freq = _check_freq(check_freq, self.monitors)
        self.stopping_threshold, self.divergence_threshold = stopping_threshold, divergence_threshold
        single = {"baseline": baseline, "stopping_threshold": stopping_threshold, "divergence_threshold": divergence_threshold}
        self._numbers = {name: numbers_of(name, given, self.monitors) for name, given in single.items()}
        self._numbers["min_delta"] = numbers_of("min_delta", min_delta, self.monitors, shared=True)
        self.check_finite = _switch("check_finite", check_finite)
        self.restore_on_exception = _switch("restore_on_exception", restore_on_exception)
        self.state_dir = _folder(state_dir)
        self._forget()

    def _forget(self) -> None:
        """Begins anew: a callback may serve several fits, of several models."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_step: int | None = None
        self.best_weights: list[Any] | None = None
        self.reason: str | None = None
        self.monitor_op: Callable[[Any, Any], Any] | None = None
        self._aims: tuple[Aim, ...] = ()
        self._progress: dict[str, Progress] = {}
        self._validated: list[Any] | None = None  # what the validation of this epoch saw, where averages may be swapped in
        self._missed: set[str] = set()
        self._fitting = self._resumed = False
        self._epoch = self._last_step = 0
        self._state = None if self.state_dir is None else StoppingState(self.state_dir, self.monitors)

    @property
    def bests(self) -> dict[str, float]:
        """Each metric's own best value so far; without those that had no finite one."""
        return {name: each.best for name, each in self._progress.items() if each.best is not None}

    def get_monitor_value(self, logs: Mapping[str, Any] | None) -> Any:
        """Returns the main metric's value in the logs, or None."""
        return (logs or {}).get(self.monitor)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._forget()
        self._fitting = True
        if self.restore_best_weights and self.restore_on_exception:
            when_fit_raises(self, self._restore_after)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._resume(epoch)
        self._epoch, self._last_step = epoch, 0
        if self.reason is not None:
            self.model.stop_training = True  # it was killed when it had just decided so

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras: `batch` steps of the epoch are done."""
        if isinstance(self.check_freq, int) and batch // self.check_freq > self._last_step // self.check_freq:
            self._last_step = batch
            if not self._stopping():
                self._check(self.model.get_metrics_result(), self._epoch, batch)  # on JAX, `model` brings it up to date

    def on_test_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras: on the first batch the model holds the weights that are validated, whoever swaps them when."""
        wanted = batch == 0 and self._fitting and self.restore_best_weights and self.monitor.startswith("val_")
        if wanted and averaging_optimizers(self._model):
            self._validated = self.model.get_weights()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._resume(epoch)
        if not self._stopping():
            self._check(logs or {}, epoch)
        self._validated = None
        if self._state is not None:
            standing = Standing(epoch, dict(self._progress), self.stopped_epoch, self.reason)
            self._state.keep(standing, self.best_weights if self.best_epoch == epoch else None)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        if self.reason is not None:
            self._say(f"Epoch {self.stopped_epoch + 1}: early stopping. {self.reason}")
        self._restore()
        self._fitting = False
        if self._state is not None:
            self._state.finish()

    def _stopping(self) -> bool:
        """Whether this callback has stopped the training, and nobody has revoked it."""
        return self.reason is not None and self._model.stop_training

    def _check(self, logs: Mapping[str, Any], epoch: int, step: int | None = None) -> None:
        """Looks at the metrics, notes what is better, and stops if it is time."""
        if not self._aims:  # not before: metrics are built with the first batch
            self._aims = tuple(self._aim(name, mode, logs) for name, mode in self._modes.items())
            self.monitor_op = self._aims[0].better
        values = self._values(logs, epoch)
        reason = lost_reason(self._aims, values, moment(epoch, step), self.check_finite)
        if values and epoch >= self.start_from_epoch:
            improved = self._advance(values, epoch, step)
            if improved and self.restore_best_weights:
                self.best_weights = self._validated or self.model.get_weights()
            reason = reason or reached_reason(self._aims, values, moment(epoch, step)) or self._stagnation(epoch)
        if reason is not None:
            self.reason, self.stopped_epoch = reason, epoch
            self.model.stop_training = True

    def _aim(self, monitor: str, mode: str, logs: Mapping[str, Any]) -> Aim:
        numbers = {name: given[monitor] for name, given in self._numbers.items() if monitor in given}
        numbers["min_delta"] = abs(numbers.get("min_delta", 0.0))
        way = metric_direction(self.model, monitor, logs) if mode == "auto" else mode
        better = keras.ops.less if way == "min" else keras.ops.greater
        return Aim(monitor, better, self.patience, relative=self.min_delta_mode == "relative", **numbers)

    def _values(self, logs: Mapping[str, Any], epoch: int) -> dict[str, float]:
        """The metrics that are there. Says once which are not."""
        found = {name: self.get_monitor_value(logs) if name == self.monitor else logs.get(name) for name in self.monitors}
        missing = [name for name, value in found.items() if value is None and name not in self._missed]
        if missing:
            self._missed.update(missing)
            there = f"There is: {', '.join(logs) or 'nothing'}."
            told = f"EarlyStopping found no {' and no '.join(map(repr, missing))} in the logs of epoch {epoch + 1}. {there}"
            warnings.warn(f"{told} {_cure(missing[0], logs)}", stacklevel=2)
        return {name: _number(name, value) for name, value in found.items() if value is not None}

    def _advance(self, values: Mapping[str, float], epoch: int, step: int | None) -> bool:
        """Takes values into account. Returns whether the main metric has improved."""
        progress = dict(self._progress)
        for aim in self._aims:
            if aim.monitor in values:
                progress[aim.monitor] = aim.after(progress.get(aim.monitor, Progress()), values[aim.monitor], epoch, step)
        self._show(progress)
        main = progress.get(self.monitor, Progress())
        return (main.epoch, main.step) == (epoch, step)

    def _show(self, progress: Mapping[str, Progress]) -> None:
        """Brings the public attributes up to date."""
        self._progress = dict(progress)
        main = progress.get(self.monitor, Progress())
        self.best, self.best_epoch, self.best_step = main.best, main.epoch or 0, main.step
        self.wait = (
            (min if self.stop_when == "all_stagnate" else max)(each.wait for each in progress.values()) if progress else 0
        )

    def _stagnation(self, epoch: int) -> str | None:
        if epoch == 0 and self.check_freq == "epoch":
            return None  # as in Keras: one epoch is no series, even where there is no patience at all
        unit = "epoch" if self.check_freq == "epoch" else "check"
        return stagnation_reason(self._aims, self._progress, self.stop_when == "any_stagnates", unit)

    def _restore(self) -> None:
        """Gives the model its best weights, if any were kept."""
        if self.restore_best_weights and self.best_weights is not None:
            self._say(f"The model has its best weights again, those of {moment(self.best_epoch, self.best_step)}.")
            self.model.set_weights(self.best_weights)

    def _restore_after(self, error: BaseException) -> None:
        """Called when `fit` raises. On JAX, Keras then still writes an optimizer's averages over the weights."""
        self._fitting = False
        self._restore()
        if self.best_weights is not None:
            begin_averages_anew(self.model)

    def _resume(self, epoch: int) -> None:
        """Takes up the state in which an earlier process was before `epoch`, the first of this `fit`."""
        if self._resumed or self._state is None:
            return
        self._resumed = True
        standing = self._state.resume(epoch)
        if standing is None:
            return
        self.reason, self.stopped_epoch = standing.reason, standing.stopped_epoch
        self._show(standing.progress)
        if self.restore_best_weights and self.best is not None:
            self.best_weights = self._state.best_weights(self.best_epoch)
            if self.best_weights is None:
                text = f"{self.state_dir} no longer holds the best weights, those of epoch {self.best_epoch + 1}."
                warnings.warn(f"{text} EarlyStopping restores none until there are better ones.", stacklevel=2)

    def _say(self, text: str) -> None:
        if self.verbose > 0 and keras.config.is_interactive_logging_enabled():
            print(text)
        elif self.verbose > 0:
            logging.getLogger("keras_tips").info(text)


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise invalid(name, "True or False", value)
    return bool(value)


def _check_freq(value: Any, monitors: Sequence[str]) -> str | int:
    if isinstance(value, str):
        return check_choice("check_freq", value, ("epoch",))
    steps = check_integer("check_freq", value, 1)
    for monitor in monitors:
        if monitor.startswith("val_"):
            cure = f"Monitor {monitor.removeprefix('val_')!r}, or check each epoch."
            raise invalid("check_freq", f"'epoch' for {monitor!r}, which is known at the end of epochs only", value, cure)
    return steps


def _folder(value: Any) -> Path | None:
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value) or Path(os.fsdecode(value)).is_file():
        raise invalid("state_dir", "None or a folder", value)
    return Path(os.fsdecode(value))


def _cure(missing: str, logs: Mapping[str, Any]) -> str:
    """What to do about a metric that is missing."""
    if missing.startswith("val_") and not any(name.startswith("val_") for name in logs):
        return "Give `fit` validation data."
    return nearest(missing, logs)


def _number(monitor: str, value: Any) -> float:
    """One number on the host."""
    array = np.asarray(keras.ops.convert_to_numpy(value) if keras.ops.is_tensor(value) else value)
    try:
        return float(array.item())
    except (TypeError, ValueError) as error:
        raise invalid("monitor", "a metric that is one number", monitor, f"It was {value!r}.") from error
