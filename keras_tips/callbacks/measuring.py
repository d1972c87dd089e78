"""What every measuring callback does during `fit`: count steps, ask for measurements, write them down."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.fitting import fitting
from keras_tips.callbacks.recorder import Recorder
from keras_tips.callbacks.schedule import Schedule
from keras_tips.callbacks.step_meter import Column, StepMeter
from keras_tips.callbacks.when_fit_raises import when_fit_raises
from keras_tips.probes.probe import LayerStep, TrainingStep, VariableStep
from keras_tips.records.run import Run

__all__ = ["Measuring"]

NOT_MEASURED = {
    VariableStep: "Gradients were not measured: this model's train_step takes no step of model.optimizer.",
    LayerStep: "Outputs of layers were not measured: this model's train_step does not show them. Give probe_data.",
}
MOST_WAITING = 256  # recorded steps that wait on the device, so that an endless epoch does not fill it


class Measuring:
    """Records gradient norms, weight norms, update ratios and epoch metrics over all `fit` calls of one callback.

    Steps are counted from 0 for its life. Numbers stay on the device until someone reads them.

    Args:
        every: see `Schedule`.
        log_dir: see `Recorder`.
        on_batch: receives each recorded batch, as the training step saw it.
        before_end: is called before it is written down that a `fit` ended.
        measures: what is measured: `VariableStep`, `LayerStep`, `TrainingStep`.
    """

    def __init__(
        self,
        every: int | str = "auto",
        log_dir: str | os.PathLike[str] | None = None,
        on_batch: Callable[[Any], None] | None = None,
        before_end: Callable[[], None] | None = None,
        measures: Sequence[type] = (VariableStep, TrainingStep),
    ) -> None:
        self._measures = tuple(measures)
        self._schedule = Schedule(every)
        self._log_dir = log_dir
        self._on_batch = on_batch
        self._before_end = before_end
        self._callback: keras.callbacks.Callback | None = None
        self._recorder: Recorder | None = None
        self._meter: StepMeter | None = None
        self._waiting: list[tuple[int, tuple[Column, ...], Any]] = []  # (step, what it is, numbers on the device)
        self._next = self._schedule.first()
        self._count = 0  # steps done before this epoch
        self._execution = 0  # first step of the execution that comes or runs
        self._total: int | None = None
        self._iterations = 0
        self._in_epoch = False
        self._failed = False
        self._open = False
        self._begun = False

    @property
    def recorder(self) -> Recorder:
        """Where things are written down."""
        if self._recorder is None:
            self._recorder = Recorder(self._log_dir)
        return self._recorder

    @property
    def run(self) -> Run:
        """Everything recorded so far."""
        self.flush()
        self.release()
        return Run() if self._recorder is None else self._recorder.run

    def release(self) -> None:
        """Where `fit` raised and Keras told nobody: says so in the run, and gives the file up."""
        if self._open and not fitting(self._callback):
            self._end("raised", "fit ended by an exception")

    def take_model(self, model: keras.Model, callback: keras.callbacks.Callback) -> None:
        """`Callback.set_model`, of the callback that this belongs to: before Keras builds its train function."""
        self._callback = callback
        self._meter = StepMeter.of(model)
        self._meter.want(self._measures)
        self._meter.reset()

    def begin_fit(self, steps: int | None) -> None:
        """`Callback.on_train_begin`; `steps` is the number of steps per epoch, where Keras knows it."""
        if self._in_epoch:  # the last fit raised: what it did still counts
            self._count = self._execution + (0 if self._failed else self._length())
        self._in_epoch = self._failed = False
        self._total = steps
        self._begun = False
        if self._callback is not None:
            when_fit_raises(self._callback, self._raised)

    def begin_epoch(self, epoch: int) -> None:
        """`Callback.on_epoch_begin`."""
        if not self._begun:
            self._begin(epoch)
        self._execution, self._in_epoch = self._count, True
        if self._total is None:
            self._iterations = self._optimizer_iterations()

    def _begin(self, epoch: int) -> None:
        """The first epoch: only now it is known whether this `fit` goes on where another process was."""
        self._begun = self._open = True
        self.recorder.open(self.release, going_on=epoch > 0 and self._count == 0)
        if epoch > 0 and self._count == 0:
            steps = self._steps_before(epoch)
            if steps:
                self._count = steps
                while self._next < steps:
                    self._next = self._schedule.after(self._next)
        self.recorder.add("start", step=self._count)

    def _steps_before(self, epoch: int) -> int:
        """Steps that the stored run had done when its epoch of this number began; 0 where it never came so far."""
        run = self.recorder.run
        ends = run.series("loss", "train")[0] if len(run.values("loss", "train")) else ()
        return int(ends[epoch - 1]) + 1 if len(ends) >= epoch else 0

    def begin_execution(self, batch: int) -> None:
        """`Callback.on_train_batch_begin`: almost always one comparison."""
        self._execution = self._count + batch
        end = self._execution + self._length()
        if self._next >= end or self._meter is None:
            return
        wanted, offsets = self._next, set()
        while wanted < end:
            if wanted >= self._execution:  # else it was asked for in an execution that never came
                offsets.add(wanted - self._execution)
            wanted = self._schedule.after(wanted)
        if offsets:
            self._meter.request(self, frozenset(offsets))

    def seen(self, batch: Any) -> None:
        """The batch of a step that was asked for: see `Watcher`."""
        if self._on_batch is not None:
            self._on_batch(batch)

    def measured(self, offset: int, columns: tuple[Column, ...], numbers: Any) -> None:
        """A step that was asked for: see `Watcher`."""
        self._next = self._schedule.after(self._execution + offset)  # only now: Keras's last execution may be short
        known = {self._meter.measures_of(quantity) for quantity, _ in columns} if self._meter else set()
        for measures in self._measures:
            if measures in NOT_MEASURED and measures not in known:
                self.recorder.note(NOT_MEASURED[measures])
        if columns:
            self._waiting.append((self._execution + offset, columns, numbers))
            if len(self._waiting) >= MOST_WAITING:
                self.flush()

    def failed(self, error: BaseException) -> None:
        """The execution raised: see `Watcher`."""
        self._failed = True
        self._raised(error)

    def _raised(self, error: BaseException) -> None:
        """`fit` is being left by an exception."""
        if self._open:
            self._end("raised", f"{type(error).__name__}: {str(error)[:300]}")

    def flush(self) -> None:
        """Brings waiting numbers to the host, in one transfer, and writes them down."""
        waiting, self._waiting = self._waiting, []
        for columns in dict.fromkeys(columns for _, columns, _ in waiting):
            alike = [(step, numbers) for step, its_columns, numbers in waiting if its_columns == columns]
            self._write(columns, [step for step, _ in alike], ops.stack([numbers for _, numbers in alike]))

    def write_layers(self, steps: Mapping[str, LayerStep]) -> None:
        """Writes down what layers gave outside of training, at the last step that was done."""
        if self._meter is not None:
            for (quantity, place), number in self._meter.of_layers(steps).items():
                value = np.asarray(ops.convert_to_numpy(number), "float64")
                self.recorder.series(quantity, [place], [max(0, self._count - 1)], value.reshape(1, 1))

    def _write(self, columns: tuple[Column, ...], steps: list[int], numbers: Any) -> None:
        table = ops.convert_to_numpy(numbers)  # (steps, columns)
        for quantity in dict.fromkeys(quantity for quantity, _ in columns):
            if self._meter is not None and self._meter.measures_of(quantity) in self._measures:
                mine = [at for at, column in enumerate(columns) if column[0] == quantity]
                self.recorder.series(quantity, [columns[at][1] for at in mine], steps, table[:, mine])

    def end_epoch(self, logs: Mapping[str, Any] | None) -> None:
        """`Callback.on_epoch_end`."""
        self.flush()
        self._count, self._in_epoch = self._count + self._steps_of_epoch(), False
        self.recorder.epoch(max(0, self._count - 1), logs or {})

    def end_fit(self) -> None:
        """`Callback.on_train_end`."""
        stopped = self._meter is not None and bool(self._meter.model.stop_training)
        self._end("stopped" if stopped else "completed", "")

    def _end(self, status: str, reason: str) -> None:
        self.flush()
        self._open = False
        if self._before_end is not None:
            self._before_end()
        self.recorder.add("end", status=status, reason=reason)
        self.recorder.close()

    def _steps_of_epoch(self) -> int:
        """How many steps the epoch that ends had: Keras's last execution may be short, or have found no data at all."""
        begun = self._execution - self._count + self._length()
        if self._total is not None:
            return min(begun, self._total)
        done = self._optimizer_iterations() - self._iterations
        return done if done > 0 else begun

    def _length(self) -> int:
        """Steps in one execution."""
        return self._meter.model.steps_per_execution if self._meter else 1

    def _optimizer_iterations(self) -> int:
        iterations = getattr(getattr(self._meter and self._meter.model, "optimizer", None), "iterations", None)
        return 0 if iterations is None else int(np.asarray(ops.convert_to_numpy(iterations)))
