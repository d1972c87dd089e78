"""The doctor: watches a training run and names the root cause of what is wrong with it."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.callbacks.diagnose import diagnose
from keras_tips.callbacks.looking import Looking
from keras_tips.callbacks.measuring import Measuring
from keras_tips.callbacks.open_questions import OpenQuestions
from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.step_meter import Weights
from keras_tips.callbacks.watched_data import WatchedData
from keras_tips.callbacks.watched_layers import inner_layers, place_of
from keras_tips.doctor.catalogue import catalogue, chosen
from keras_tips.probes.kernel_start import kernel_start
from keras_tips.probes.model_facts import model_facts
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.facts import FitFact, LayerFact, OutputFact
from keras_tips.records.run import Run

__all__ = ["Doctor"]

# What the rules read, and people look at first. Everything else that `GradientMonitor` measures costs more than it tells.
OF_VARIABLES = ("gradient_norm", "weight_norm", "update_ratio", "clip_ratio")
OF_STEPS = ("batch_loss", "learning_rate", "predicted_loss_change", "step_seconds")
AT_START = ("fresh", "identical_units", "kernel_deviation", "bias_mean")  # of a layer's fact


class Doctor(keras.callbacks.Callback):
    """Measures inside `fit`, and says in the recipe's order what is wrong, with evidence, and which tip cures it.

    It needs no argument: it sees the batches that training steps see, the gradients that the optimizer receives, and the
    metrics of each epoch. Training is bit for bit what it is without it.

    Args:
        probe_data: `(x, y)` to describe the data by and to run the network on, where the batches that training sees should
            not be looked at; False where no data are to be looked at.
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
        probe_data: tuple[Any, Any] | bool | None = None,
        every: int | str = "auto",
        rules: str | Iterable[str] = "all",
        on_critical: str = "report",
        log_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__()
        self.async_safe = True  # no hook below reads logs of a batch, so Keras need not wait for them
        pair = isinstance(probe_data, (tuple, list)) and len(probe_data) == 2
        if probe_data is not None and probe_data is not False and not pair:
            raise invalid("probe_data", "None, False or a pair (x, y)", type(probe_data).__name__)
        if log_dir is not None and (not isinstance(log_dir, (str, os.PathLike)) or not str(log_dir) or Path(log_dir).is_file()):
            raise invalid("log_dir", "None or a folder", log_dir)
        self._rules = rules if isinstance(rules, str) else tuple(rules) if isinstance(rules, Iterable) else rules
        self._chosen = [rule.name for rule in chosen(self._rules)]  # refuses unknown rules now, not after an hour of training
        self._on_critical = check_choice("on_critical", on_critical, ("report", "stop"))
        self._log_dir = None if log_dir is None else Path(log_dir)
        self._probe_data = probe_data
        self._data: WatchedData | None = None
        self._looking: Looking | None = None
        self._questions: OpenQuestions | None = None
        self._outputs: list[OutputFact] = []
        self._built = False  # whether all layers were when they were described
        self._start: dict[str, LayerFact] = {}  # path of a layer -> its fact when training first found it built
        self._reported: set[str] = set()  # ailments that were printed
        self._validation = False
        self._judged: tuple[int, Diagnosis] | None = None
        self._measuring = Measuring(
            every, log_dir, self._see if probe_data is None else None, self._before_end, OF_VARIABLES + OF_STEPS
        )

    @property
    def run(self) -> Run:
        """The `Run` recorded so far; also after an exception inside `fit`."""
        self._work_out()
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
        if self._looking is None and isinstance(model, keras.Model):
            recorder = self._measuring.recorder
            self._looking = Looking(model, self._measuring.write_numbers, recorder.note, self._measuring.last_step)
            if self._probe_data is not False:
                given = None if self._probe_data is None else Rows(*self._probe_data)
                self._data = WatchedData(model, recorder.fact, given)
                self._questions = OpenQuestions(model, recorder.fact, recorder.note)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_fit(self.params.get("steps"))
        if self._questions is not None:
            self._questions.begin(self._measuring.recorder.run)
        if self._data is not None:
            self._data.begin()
        self._describe()
        self._describe_fit()
        if self._probe_data is not None:
            self._before_first_step()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_execution(batch)

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras, for the validation of an epoch too."""
        if self._data is not None and self._measuring.training:
            self._data.begin_validation()

    def on_test_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        if self._data is not None:
            self._data.show_validation()

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        if self._data is not None:
            self._data.end_validation()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._validation = any(name.startswith("val_") for name in logs or {})
        if not self._built:
            self._describe()  # again: it is built by now
        self._describe_fit()
        self._measuring.end_epoch(logs)
        if self._data is not None and self._looking is not None:
            self._data.close()
            if not np.isfinite(float((logs or {}).get("loss", 0.0))) and self._data.search():
                self._measuring.record_each_step()
            if self._looking.due():
                self.model  # noqa: B018 - brings the weights back into the model's variables, on JAX
                self._looking.again(self._outputs, self._data.rows, self._data.held_out, self._batch_size)
            if self._log_dir is not None:
                self._write_down()
        if self._on_critical == "stop":
            self._report(self.diagnosis)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.end_fit()
        if self._log_dir is not None:
            from keras_tips.report.board import write_run  # TensorBoard's messages take memory

            write_run(self._log_dir, self.run, self.diagnosis)

    @property
    def _batch_size(self) -> int:
        return (self._data.batch_size if self._data is not None else None) or 32

    def _see(self, batch: Any, weights: Weights) -> None:
        """A batch of training, before the step is taken with it."""
        if self._data is None:
            return
        first = self._data.empty
        self._data.see(batch)
        if first:
            with weights():
                self._before_first_step()

    def _before_first_step(self) -> None:
        """What can be said already is said now."""
        if self._data is None or self._looking is None:
            return
        self._looking.first(self._outputs, self._data.rows)
        says = self._on_critical == "stop" or self.params.get("verbose")
        if says or self._log_dir is not None:
            self._write_down()
        if says:
            run = self._measuring.recorder.run
            self._report(diagnose(run, [name for name in self._chosen if catalogue()[name].stage == "setup"]))

    def _report(self, diagnosis: Diagnosis) -> None:
        """Prints what is critical, once, and ends the training where that is wanted."""
        critical = [finding for finding in diagnosis.findings if finding.severity == "critical"]
        if critical and self._on_critical == "stop":
            self._model.stop_training = True
        for finding in critical[:1]:
            if self.params.get("verbose") and finding.rule not in self._reported:
                self._reported.add(finding.rule)
                what = "stops training" if self._on_critical == "stop" else "warns"
                print(f"\nThe doctor {what}: {finding.message}")

    def _before_end(self, status: str) -> None:
        """A `fit` ends, before the run is closed."""
        if self._data is None:
            return
        self._data.end_validation()
        self._describe_left_out()
        if self._looking is not None and status != "raised":
            self.model  # noqa: B018 - brings the weights back into the model's variables, on JAX
            self._looking.last(self._outputs, self._data.rows, self._data.held_out, self._batch_size)
            if self._questions is not None:
                self._questions.end()
        if self._log_dir is not None:
            self._work_out()

    def _write_down(self) -> None:
        """What the rows are like, and what the network made of them."""
        if self._data is not None and self._looking is not None:
            self._data.describe()
            self._looking.work_out()

    def _work_out(self) -> None:
        """What costs time and can wait until someone asks: `fit` is not the slower for it."""
        self._write_down()
        if self._data is not None:
            self._data.compare(self._outputs)
        if self._data is not None and self._questions is not None:
            self._questions.settle(lambda: self._measuring.recorder.run, self._outputs, self._data.rows, self._batch_size)

    def _describe(self) -> None:
        """Writes down what is known of the model."""
        if not isinstance(self._model, keras.Model):  # Keras also trains a layer that inherits its trainer
            self._measuring.recorder.note("The network was not described: it is no keras.Model.")
            return
        known = dict(model_facts(self._model))
        known["layers"] = [self._as_it_started(layer) for layer in known["layers"]]
        self._outputs = known.get("outputs", [])
        self._built = all(layer.built for layer in self._model._flatten_layers())
        for name, value in known.items():
            self._measuring.recorder.fact(name, value)

    def _describe_left_out(self) -> None:
        """Layers whose weights no step handed to the optimizer, as an own `train_step` may do, and that are what they were."""
        moved = self._measuring.places("gradient_norm")
        waiting = [fact for fact in self._start.values() if fact["variables"] and moved.isdisjoint(fact["variables"])]
        if moved and waiting:
            self.model  # noqa: B018 - brings the weights back into the model's variables, on JAX
            layers = {place_of(layer): layer for layer in inner_layers(self._model)}
            now = {path: kernel_start(layer).deviation for path, layer in layers.items()}
            still = [fact["path"] for fact in waiting if fact["kernel_deviation"] == now.get(fact["path"])]
            self._measuring.recorder.fact("left_out", still)

    def _describe_fit(self) -> None:
        """Writes down what is known of the call of `fit`: of the data when they are seen, of validation after an epoch."""
        known = FitFact(
            epochs=self.params.get("epochs"),
            steps=self.params.get("steps"),
            batch_size=self._data.batch_size if self._data is not None else None,
            validation=self._validation,
            weighted=self._data.weighted if self._data is not None else None,
        )
        self._measuring.recorder.fact("fit", known)

    def _as_it_started(self, layer: LayerFact) -> LayerFact:
        """The fact of a layer, with the weights that training began with."""
        if layer["kernel_deviation"] is not None:
            self._start.setdefault(layer["path"], layer)
        start = self._start.get(layer["path"], layer)  # also of a kernel that has turned to NaN
        return {**layer, **{key: start[key] for key in AT_START}}  # type: ignore[literal-required,typeddict-item]
