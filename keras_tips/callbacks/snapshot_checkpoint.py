"""Saves the whole training state as `fit` goes on, keeps the last ones and the best ones, and resumes from them."""

import os
import warnings
import weakref
from collections.abc import Mapping
from datetime import datetime
from numbers import Real
from pathlib import Path
from typing import Any

import keras

from keras_tips._base.arguments import check_choice, check_integer, invalid, nearest
from keras_tips.callbacks.metric_direction import metric_direction
from keras_tips.callbacks.snapshot import Snapshot
from keras_tips.callbacks.snapshot_folder import SnapshotFolder
from keras_tips.callbacks.snapshot_index import choose, quantity_of, read_index
from keras_tips.callbacks.training_state import check_fits, restore, state_of
from keras_tips.callbacks.when_fit_raises import when_fit_raises

__all__ = ["SnapshotCheckpoint"]


class SnapshotCheckpoint(keras.callbacks.Callback):
    """Saves the whole training state as `fit` goes on, keeps the last and the best snapshots, and resumes from the last.

    Each snapshot is one `.keras` file with model and optimizer, which `keras.saving.load_model` opens. `index.json` beside
    them tells a person epoch, step, metrics and time of each, and which are kept as last and as best. Files are written whole
    or not at all, so a process may be killed at any moment.

    When the same training is started again, in a new process or after an exception, it goes on from the last snapshot:
    weights, optimizer, seed generators (of dropout, say), epoch, and the ranking of the best. With `shuffle=False` the
    weights are then bit for bit those of a training that was never interrupted. Not restored are the order in which `fit`
    shuffles, and what other callbacks remember.

    Put it last in the list of callbacks, so that what others change at the end of an epoch is saved, too.

    Args:
        directory: a folder of this training's own. Other files in it are left alone.
        keep_last: how many of the newest snapshots are kept; None keeps all.
        keep_best: how many of the best snapshots are kept besides.
        monitor: the metric that tells which are the best. Where there is no validation, its like on the training data is
            taken (`"loss"` for `"val_loss"`), with a warning. NaN is never best; of equal ones, the earlier is better.
        mode: `"min"`, `"max"`, or `"auto"`: what Keras knows of the metric.
        save_freq: `"epoch"`, or after how many steps a snapshot is due. Those within an epoch have no metrics and are never
            best; an epoch that saw one is saved at its end, too. Resumed from one within an epoch, that epoch begins again.
        resume: False refuses a directory with snapshots in it, instead of going on from them.

    Raises:
        ValueError: an argument is not as described; or, when `fit` begins, the directory holds snapshots of another model or
            optimizer, or damaged ones. Nothing is changed then.
        BlockingIOError: another training is writing to the directory.

    Example:

    >>> import keras, numpy as np, tempfile
    >>> directory = tempfile.mkdtemp()
    >>> x = np.arange(8.0).reshape(8, 1) / 8
    >>> def train(epochs):
    ...     model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    ...     model.compile("adam", "mean_squared_error")
    ...     snapshots = SnapshotCheckpoint(directory, monitor="loss")
    ...     model.fit(x, 2 * x, epochs=epochs, verbose=0, callbacks=[snapshots])
    ...     return snapshots
    >>> train(epochs=3).last.name
    'epoch_0003_step_00000003.keras'
    >>> [snapshot.epoch for snapshot in train(epochs=5).snapshots]  # resumes: two more epochs
    [3, 4, 5]
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        keep_last: int | None = 3,
        keep_best: int = 1,
        monitor: str = "val_loss",
        mode: str = "auto",
        save_freq: str | int = "epoch",
        resume: bool = True,
    ) -> None:
        super().__init__()
        self.async_safe = True  # no hook below reads logs of a batch, so Keras need not wait for them
        self._folder = SnapshotFolder(_folder(directory))
        self._keep_last = None if keep_last is None else check_integer("keep_last", keep_last, 1)
        self._keep_best = check_integer("keep_best", keep_best, 0)
        if not isinstance(monitor, str) or not monitor:
            raise invalid("monitor", "the name of a metric", monitor)
        self._monitor = monitor
        chosen = check_choice("mode", mode, ("auto", "min", "max"))
        self._mode = None if chosen == "auto" else chosen
        self._save_freq = _save_freq(save_freq)
        if not isinstance(resume, bool):
            raise invalid("resume", "True or False", resume)
        self._resume = resume
        self._trained: weakref.ref[keras.Model] | None = None  # the model that this callback has trained to a fit's end
        self._step = 0  # at the end of the epochs before this one
        self._saved = 0  # the step of the newest snapshot
        self._epoch = 0
        self._seen = 0  # steps of this epoch
        self._warned = False
        self._resumed = False  # Keras has been told in which epoch to begin

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """What the directory holds, in the order of steps: `path`, `epoch`, `step`, `metrics`, `time`. Read from disk."""
        return read_index(self._folder.path).snapshots

    @property
    def last(self) -> Path | None:
        """The newest snapshot's file; None before the first."""
        snapshots = self.snapshots
        return snapshots[-1].path if snapshots else None

    @property
    def best(self) -> Path | None:
        """The best snapshot's file; None before the first epoch that can be ranked has ended."""
        best = read_index(self._folder.path).best
        return best[0].path if best else None

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._forget_epoch()
        self._folder.open()
        when_fit_raises(self, lambda error: self._folder.close())
        try:
            self._go_on()
        except BaseException:
            self._folder.close()
            raise

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._forget_epoch()
        self._epoch, self._seen = epoch, 0

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras. What is due is saved here, since on no backend a step is under way now."""
        if batch and self._is_due(self._step + batch):
            self._save(self._epoch, self._step + batch, {})

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras; not always in the order of batches."""
        self._seen = max(self._seen, batch + 1)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        before = self._step
        # The last of several steps_per_execution may be fewer than Keras says.
        self._step += min(self._seen, self.params.get("steps") or self._seen)
        if self._save_freq is None or self._saved > before or self._is_due(self._step):
            self._save(epoch + 1, self._step, _numbers(logs or {}))

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._forget_epoch()
        self._trained = weakref.ref(self._model)
        self._folder.close()

    def _go_on(self) -> None:
        """Puts the last snapshot into the model, unless this callback has itself trained the model that far."""
        index = self._folder.index
        if self._mode is None and index.monitor.removeprefix("val_") == self._monitor.removeprefix("val_"):
            self._mode = index.mode or None
        trained, self._trained = self._trained, None
        if trained is not None and trained() is self._model:
            return
        self._step = self._saved = 0
        if not index.snapshots:
            return
        last = index.snapshots[-1]
        if not self._resume:
            cure = "Give this training an empty one, or go on with resume=True."
            raise invalid("directory", "one without snapshots, with resume=False", str(self._folder.path), cure)
        check_fits(self._model, last)
        restore(self._model, last)
        self._step = self._saved = last.step
        self._settle(index.snapshots)
        self._begin_after(last)

    def _begin_after(self, last: Snapshot) -> None:
        """Has `fit` begin after the epochs of a snapshot. Keras has no public way; its BackupAndRestore takes this one."""
        self._model._initial_epoch, self._resumed = last.epoch, True
        if self.params.get("verbose"):
            print(_resumed(last, self.params.get("epochs")))

    def _forget_epoch(self) -> None:
        """Else Keras would begin each later `fit` of the model with that epoch, too."""
        if self._resumed:
            self._model._initial_epoch, self._resumed = None, False

    def _is_due(self, step: int) -> bool:
        return self._save_freq is not None and step // self._save_freq > self._saved // self._save_freq

    def _save(self, epoch: int, step: int, metrics: dict[str, float]) -> None:
        model = self.model  # on JAX, this brings the model up to date
        path = self._folder.path / f"epoch_{epoch:04d}_step_{step:08d}.keras"
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        snapshots = self._folder.write(Snapshot(path, epoch, step, metrics, now, state_of(model)), model.save)
        self._saved = step
        try:
            if metrics and self._keep_best:
                self._prepare_ranking(snapshots)
        finally:  # the snapshot is there, whatever is wrong with the ranking
            self._settle(snapshots)

    def _prepare_ranking(self, snapshots: tuple[Snapshot, ...]) -> None:
        quantity = quantity_of(snapshots, self._monitor)
        if self._mode is None and quantity is not None:
            self._mode = metric_direction(self._model, quantity, snapshots[-1].metrics)
        if quantity != self._monitor and not self._warned:
            self._warned = True
            warnings.warn(_missing(self._monitor, quantity, snapshots[-1].metrics), stacklevel=2)

    def _settle(self, snapshots: tuple[Snapshot, ...]) -> None:
        self._folder.keep(choose(snapshots, self._keep_last, self._keep_best, self._monitor, self._mode))


def _folder(directory: Any) -> Path:
    if not isinstance(directory, (str, os.PathLike)) or not os.fspath(directory):
        raise invalid("directory", "a folder's path", directory)
    path = Path(directory)
    if path.exists() and not path.is_dir():
        raise invalid("directory", "a folder's path", str(directory), "A file of that name is there.")
    return path


def _save_freq(save_freq: Any) -> int | None:
    """Steps from one snapshot to the next; None for whole epochs."""
    if save_freq == "epoch":
        return None
    if isinstance(save_freq, str):
        raise invalid("save_freq", "'epoch' or a whole number of steps", save_freq, nearest(save_freq, ["epoch"]))
    return check_integer("save_freq", save_freq, 1)


def _numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The numbers among the logs, to which other callbacks may have added what they liked."""
    return {name: float(value) for name, value in logs.items() if isinstance(value, Real)}


def _missing(monitor: str, quantity: str | None, metrics: Mapping[str, float]) -> str:
    told = f"`monitor` is {monitor!r}, which is not among the metrics of this epoch ({', '.join(sorted(metrics))})."
    if quantity is None:
        return f"{told} No snapshot is kept as the best. {nearest(monitor, metrics)}"
    return f"{told} Until it is, snapshots are ranked by {quantity!r}. Pass validation_data to fit, or monitor={quantity!r}."


def _resumed(last: Snapshot, epochs: Any) -> str:
    told = f"Resuming from {last.path}: {last.epoch} epochs and {last.step} steps are done."
    if isinstance(epochs, int) and last.epoch >= epochs:
        return f"{told} Nothing is left to do, since epochs={epochs}."
    return told if last.metrics else f"{told} Epoch {last.epoch + 1} begins again."
