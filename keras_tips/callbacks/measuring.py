"""What every measuring callback does during `fit`: count steps, ask for measurements, write them down."""

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.fitting import fitting
from keras_tips.callbacks.recorder import Recorder
from keras_tips.callbacks.schedule import Schedule
from keras_tips.callbacks.step_meter import Column, StepMeter, Weights, of_layers
from keras_tips.callbacks.when_fit_raises import when_fit_raises
from keras_tips.callbacks.windows import Windows
from keras_tips.probes.catalogue import catalogue, quantities
from keras_tips.probes.probe import Interval, LayerStep, VariableStep
from keras_tips.records.run import Run

__all__ = ["Measuring"]

NOT_MEASURED = {
    VariableStep: "Gradients were not measured: this model's train_step takes no step of model.optimizer.",
    LayerStep: "Outputs of layers were not measured: this model's train_step does not show them. Give probe_data.",
}
MOST_WAITING = 250_000  # numbers that wait on the device, a megabyte, so that an endless epoch does not fill it


class Measuring:
    """Records gradient norms, weight norms, update ratios and epoch metrics over all `fit` calls of one callback.

    Steps are counted from 0 for its life. Numbers stay on the device until someone reads them.

    Args:
        every: see `Schedule`.
        log_dir: see `Recorder`.
        on_batch: receives each recorded batch, as the training step saw it, and what gives the model its weights then.
        before_end: is called with the status before it is written down that a `fit` ended.
        measured: names of the quantities.
    """

    def __init__(
        self,
        every: int | str = "auto",
        log_dir: str | os.PathLike[str] | None = None,
        on_batch: Callable[[Any, Weights], None] | None = None,
        before_end: Callable[[str], None] | None = None,
        measured: Sequence[str] = (),
    ) -> None:
        self._measured = frozenset(measured)
        self._looks = bool(measured) or on_batch is not None
        self._schedule = Schedule(every)
        self._log_dir = log_dir
        self._on_batch = on_batch
        self._before_end = before_end
        self._callback: keras.callbacks.Callback | None = None
        self._recorder: Recorder | None = None
        self._meter: StepMeter | None = None
        self._waiting: list[tuple[int, tuple[Column, ...], Any]] = []  # (step, what it is, numbers on the device)
        self._waiting_numbers = 0
        self._checked: tuple[Column, ...] | None = None  # columns that were looked through for what is missing
        self._windows = Windows()
        self._intervals: list[tuple[int, Interval]] = []  # (step, the time before it) that wait to be written down
        self._looked = (0, 0.0)  # step and time of the last look at the clock
        self._last_begin = 0.0  # when the execution that runs began
        self._next = self._schedule.first()
        self._count = 0  # steps done before this epoch
        self._execution = 0  # first step of the execution that comes or runs
        self._total: int | None = None
        self._iterations = 0
        self._in_epoch = False
        self._failed = False
        self._each = False  # whether each step of the next epoch is recorded
        self._open = False
        self._begun = False

    @property
    def recorder(self) -> Recorder:
        """Where things are written down."""
        if self._recorder is None:
            self._recorder = Recorder(self._log_dir)
        return self._recorder

    @property
    def training(self) -> bool:
        """Whether a `fit` is going on, as far as is known."""
        return self._open

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
        self._meter.want(self._measured)
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
        self._last_begin = time.perf_counter()
        self._looked = (self._count, self._last_begin)
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
        """`Callback.on_train_batch_begin`: almost always a look at the clock and one comparison."""
        self._execution, self._last_begin = self._count + batch, time.perf_counter()
        end = self._execution + self._length()
        if self._each and self._meter is not None:
            self._meter.request(self, frozenset(range(self._length())))
            return
        if self._next >= end or self._meter is None or not self._looks:
            return
        wanted, offsets = self._next, set()
        while wanted < end:
            if wanted >= self._execution:  # else it was asked for in an execution that never came
                offsets.add(wanted - self._execution)
            wanted = self._schedule.after(wanted)
        if offsets:
            self._look_at_the_clock()
            self._meter.request(self, frozenset(offsets))

    def record_each_step(self) -> None:
        """Has each step of the next epoch recorded."""
        self._each = True

    def _look_at_the_clock(self) -> None:
        """Keeps how long steps took since the last look, up to the execution that begins."""
        (step, then), self._looked = self._looked, (self._execution, self._last_begin)
        if self._execution > step:
            self._intervals.append((self._execution, Interval(self._last_begin - then, self._execution - step)))

    def _wanted(self, measures: type) -> list[str]:
        """The quantities that are measured of these."""
        return [quantity for quantity in quantities(measures) if quantity in self._measured]

    def seen(self, batch: Any, weights: Weights) -> None:
        """The batch of a step that was asked for: see `Watcher`."""
        if self._on_batch is not None:
            self._on_batch(batch, weights)

    def measured(self, offset: int, columns: tuple[Column, ...], numbers: Any) -> None:
        """A step that was asked for: see `Watcher`."""
        if self._execution + offset >= self._next:
            self._next = self._schedule.after(self._execution + offset)  # only now: Keras's last execution may be short
        if columns is not self._checked:
            self._note_what_is_missing(columns)
        self._waiting_numbers += 1 + sum(width for *_, width in columns)  # one is the time
        if columns:
            self._waiting.append((self._execution + offset, columns, numbers))
        if self._waiting_numbers >= MOST_WAITING:
            self.flush()

    def _note_what_is_missing(self, columns: tuple[Column, ...]) -> None:
        self._checked = columns
        known = {catalogue()[quantity].measures for quantity, *_ in columns}
        for measures, note in NOT_MEASURED.items():
            if measures not in known and self._wanted(measures):
                self.recorder.note(note)

    def failed(self, error: BaseException) -> None:
        """The execution raised: see `Watcher`."""
        self._failed = True
        self._raised(error)

    def _raised(self, error: BaseException) -> None:
        """`fit` is being left by an exception."""
        if self._open:
            self._end("raised", f"{type(error).__name__}: {str(error)[:300]}")

    def _flush_to_disk(self) -> None:
        """Where a file is written, others read along; else numbers may wait until someone asks."""
        if self._log_dir is not None:
            self.flush()

    def flush(self) -> None:
        """Brings waiting numbers to the host, in one transfer, and writes them down."""
        waiting, self._waiting, self._waiting_numbers = self._waiting, [], 0
        for columns in dict.fromkeys(columns for _, columns, _ in waiting):
            alike = [(step, numbers) for step, its_columns, numbers in waiting if its_columns == columns]
            table = _on_host([numbers for _, numbers in alike])
            self._write(columns, [step for step, _ in alike], table, self._windows, self._measured)
        intervals, self._intervals = self._intervals, []
        for quantity in self._wanted(Interval):
            numbers = [[catalogue()[quantity].measure(interval)] for _, interval in intervals]
            self.recorder.series(quantity, ["train"], [step for step, _ in intervals], np.array(numbers))

    def write_layers(self, steps: Mapping[str, LayerStep]) -> None:
        """Writes down what layers gave outside of training, at the last step that was done."""
        measured = quantities(LayerStep)
        for (quantity, place), number in of_layers(steps, [catalogue()[name] for name in measured]).items():
            row = np.reshape(ops.convert_to_numpy(number), (1, -1))
            self._write(((quantity, place, row.size),), [max(0, self._count - 1)], row, Windows(), measured)

    def last_step(self) -> int:
        """The step that was done last, or the first where none was."""
        return max(0, self._execution if self._in_epoch else self._count - 1)

    def places(self, quantity: str) -> set[str]:
        """Where this was measured in the step that was recorded last, whether it is written down yet or not."""
        columns = self._meter.columns if self._meter is not None else ()
        return {place for name, place, _ in columns if name == quantity}

    def write_numbers(self, step: int, numbers: Mapping[tuple[str, str], float]) -> None:
        """Writes down (quantity, place) -> number."""
        table: dict[str, dict[str, float]] = {}
        for (quantity, place), number in numbers.items():
            table.setdefault(quantity, {})[place] = number
        for quantity, places in table.items():
            self.recorder.series(quantity, list(places), [step], np.array([list(places.values())], "float64"))

    def _write(
        self,
        columns: tuple[Column, ...],
        steps: list[int],
        table: np.ndarray,
        windows: Windows,
        measured: Collection[str],
    ) -> None:
        """Writes down what a table of (steps, numbers) holds: one record per quantity, where all its places have a number."""
        ends = np.cumsum([width for *_, width in columns])
        found: dict[str, dict[str, list[float | None]]] = {}
        for (quantity, place, width), end in zip(columns, ends, strict=True):
            if quantity in measured:
                vectors = table[:, end - width : end]
                found.setdefault(quantity, {})[place] = [windows.number(quantity, place, vector) for vector in vectors]
        for quantity, numbers in found.items():
            rows = list(zip(*numbers.values(), strict=True))
            known = [at for at, row in enumerate(rows) if None not in row]
            values = np.array([rows[at] for at in known], "float64").reshape(len(known), len(numbers))
            self.recorder.series(quantity, list(numbers), [steps[at] for at in known], values)

    def end_epoch(self, logs: Mapping[str, Any] | None) -> None:
        """`Callback.on_epoch_end`."""
        self._each = False
        self._look_at_the_clock()
        self._flush_to_disk()
        self._count, self._in_epoch = self._count + self._steps_of_epoch(), False
        self.recorder.epoch(max(0, self._count - 1), logs or {})

    def end_fit(self) -> None:
        """`Callback.on_train_end`."""
        stopped = self._meter is not None and bool(self._meter.model.stop_training)
        self._end("stopped" if stopped else "completed", "")

    def _end(self, status: str, reason: str) -> None:
        self._flush_to_disk()
        self._open = False
        if self._before_end is not None:
            self._before_end(status)
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


def _on_host(rows: list[Any]) -> np.ndarray:
    """Vectors of equal length as one table."""
    if keras.backend.backend() == "jax":
        import jax

        return np.stack(jax.device_get(rows))  # all at once; to stack them on the device, XLA compiles anew for each count
    return np.asarray(ops.convert_to_numpy(ops.stack(rows)))
