"""The doctor: watches a training run and names the root cause of what is wrong with it."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.callbacks.measuring import Measuring
from keras_tips.callbacks.seen_rows import SeenRows
from keras_tips.callbacks.shown_batches import ShownBatches
from keras_tips.doctor.diagnose import diagnose
from keras_tips.probes.data_facts import data_facts
from keras_tips.probes.model_facts import model_facts
from keras_tips.probes.split_fact import split_fact
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.facts import FitFact
from keras_tips.records.run import Run
from keras_tips.report.board import write_run

__all__ = ["Doctor"]

# What the rules read, and people look at first. Everything else that `GradientMonitor` measures costs more than it tells.
OF_VARIABLES = ("gradient_norm", "weight_norm", "update_ratio", "clip_ratio")
OF_STEPS = ("batch_loss", "learning_rate", "predicted_loss_change", "step_seconds")


class Doctor(keras.callbacks.Callback):
    """Measures inside `fit`, and says in the recipe's order what is wrong, with evidence, and which tip cures it.

    It needs no argument: it sees the batches that training steps see, the gradients that the optimizer receives, and the
    metrics of each epoch. Training is bit for bit what it is without it.

    Args:
        probe_data: `(x, y)` to describe the data by, where the batches that training sees should not be looked at.
        every: at which steps gradients are recorded: a positive integer, or `"auto"` (often at first, then rarely).
        rules: `"all"`, or names of ailments to look for.
        on_critical: `"report"`, or `"stop"` to end training after the first epoch with a critical finding.
        log_dir: folder to which the run is written as it grows (`run.jsonl`), and, when `fit` ends, event files for
            TensorBoard. An earlier run in it is kept beside.

    Raises:
        ValueError: an argument is not as described; the text names it, and the nearest known name.
        BlockingIOError: another process is writing to `log_dir`.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "softmax", name="last")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> doctor = Doctor()
    >>> _ = model.fit(np.random.rand(32, 2), np.arange(32) % 2, verbose=0, callbacks=[doctor])
    >>> doctor.diagnosis.findings[0].rule
    'output_activation_mismatch'
    """

    def __init__(
        self,
        probe_data: tuple[Any, Any] | None = None,
        every: int | str = "auto",
        rules: str | Iterable[str] = "all",
        on_critical: str = "report",
        log_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__()
        self.async_safe = True  # no hook below reads logs of a batch, so Keras need not wait for them
        if probe_data is not None and not (isinstance(probe_data, (tuple, list)) and len(probe_data) == 2):
            raise invalid("probe_data", "None or a pair (x, y)", type(probe_data).__name__)
        if log_dir is not None and (not isinstance(log_dir, (str, os.PathLike)) or not str(log_dir) or Path(log_dir).is_file()):
            raise invalid("log_dir", "None or a folder", log_dir)
        self._rules = rules if isinstance(rules, str) else tuple(rules) if isinstance(rules, Iterable) else rules
        diagnose(Run(), self._rules)  # refuses unknown rules now, not after an hour of training
        self._on_critical = check_choice("on_critical", on_critical, ("report", "stop"))
        self._log_dir = None if log_dir is None else Path(log_dir)
        self._probe_data = probe_data
        self._rows: SeenRows | None = None
        self._held_out: SeenRows | None = None  # rows of validation
        self._shown: ShownBatches | None = None
        self._described = (0, 0)  # rows of training and validation when they were last written down
        self._validation = False
        self._judged: tuple[int, Diagnosis] | None = None
        self._measuring = Measuring(
            every, log_dir, self._see if probe_data is None else None, self._before_end, OF_VARIABLES + OF_STEPS
        )

    @property
    def run(self) -> Run:
        """The `Run` recorded so far; also after an exception inside `fit`."""
        self._describe_data()
        return self._measuring.run

    @property
    def diagnosis(self) -> Diagnosis:
        """What is known by now; also after an exception inside `fit`, and after a run that turned to NaN."""
        run = self.run
        if self._judged is None or self._judged[0] != len(run.records):
            self._judged = (len(run.records), diagnose(run, self._rules))
        return self._judged[1]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the run to `path`, one file; `keras-tips diagnose path` reads it. Returns the file's path."""
        if not isinstance(path, (str, os.PathLike)):
            raise invalid("path", "a file's path", path)
        self.run  # noqa: B018 - writes down what is still waiting
        return self._measuring.recorder.save(path)

    def set_model(self, model: keras.Model) -> None:
        """Called by Keras before it builds its train function."""
        super().set_model(model)
        self._measuring.take_model(model, self)
        if self._probe_data is None and self._rows is None and isinstance(model, keras.Model):
            self._rows, self._held_out = SeenRows(model), SeenRows(model)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_fit(self.params.get("steps"))
        self._describe()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_execution(batch)

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras, for the validation of an epoch too."""
        if self._held_out is not None and self._held_out.wanting and self._measuring.training:
            self._shown = ShownBatches(self._model, self._held_out.add)

    def on_test_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        if self._shown is not None and self._held_out is not None and self._held_out.wanting:
            self._shown.show_next()

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._stop_looking_at_validation()

    def _before_end(self) -> None:
        self._stop_looking_at_validation()
        self._describe_data()

    def _stop_looking_at_validation(self) -> None:
        if self._shown is not None and self._held_out is not None:
            self._shown.end()
            self._shown, self._held_out.closed = None, True  # later epochs bring the same rows again

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._validation = any(name.startswith("val_") for name in logs or {})
        self._describe()  # again: an unbuilt model is built by now, and it is known whether there is validation
        if self._rows is not None:
            self._rows.closed = True
            self._describe_data()
        self._measuring.end_epoch(logs)
        if self._on_critical == "stop":
            self._stop_if_hopeless()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.end_fit()
        if self._log_dir is not None:
            write_run(self._log_dir, self.run, self.diagnosis)

    def _stop_if_hopeless(self) -> None:
        critical = [finding for finding in self.diagnosis.findings if finding.severity == "critical"]
        if critical:
            self._model.stop_training = True
            if self.params.get("verbose"):
                print(f"\nThe doctor stops training: {critical[0].message}")

    def _see(self, batch: Any) -> None:
        if self._rows is not None:
            self._rows.add(batch)

    def _describe_data(self) -> None:
        """Writes down what is known of the rows that were seen."""
        if self._rows is None or self._held_out is None:
            return
        count = (self._rows.count, self._held_out.count)
        if count == self._described:
            return
        facts = dict(self._rows.facts())
        if self._held_out.count and self._held_out.count != self._described[1]:
            facts |= {f"validation_{name}": value for name, value in self._held_out.facts().items()}
            training, validation = self._rows.inputs(), self._held_out.inputs()
            if training and validation:
                facts["split"] = split_fact(training, validation)
        self._described = count
        for name, value in facts.items():
            self._measuring.recorder.fact(name, value)

    def _describe(self) -> None:
        """Writes down what is known of model, data and the call of `fit`."""
        if not isinstance(self._model, keras.Model):  # Keras also trains a layer that inherits its trainer
            self._measuring.recorder.note("The network was not described: it is no keras.Model.")
            return
        known = dict(model_facts(self._model))
        if self._probe_data is not None:
            known |= data_facts(*self._probe_data, self._model)
        known["fit"] = FitFact(
            epochs=self.params.get("epochs"),
            steps=self.params.get("steps"),
            batch_size=self._rows.batch_size if self._rows is not None else None,
            validation=self._validation,
        )
        for name, value in known.items():
            self._measuring.recorder.fact(name, value)
