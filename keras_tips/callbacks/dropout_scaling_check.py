"""Whether dropout is scaled right, looked at during `fit`."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.callbacks.recorder import Recorder
from keras_tips.callbacks.step_meter import StepMeter, Weights
from keras_tips.callbacks.when_fit_raises import when_fit_raises
from keras_tips.probes.dropout_calls import Flags, flags_of
from keras_tips.probes.dropout_layers import dropout_layers
from keras_tips.probes.dropout_scaling import DRAWS, FEWEST_DRAWS, dropout_scaling
from keras_tips.records.dropout_scaling import DropoutScaling
from keras_tips.records.run import Run

__all__ = ["DropoutScalingCheck"]

NOT_DENSE = ("SparseTensor", "RaggedTensor", "BCOO")  # tensors that are no arrays of rows


class DropoutScalingCheck(keras.callbacks.Callback):
    """Compares, at each dropout layer and at the outputs, the mean over masks with the single pass at inference.

    It looks after the first epoch, and at the end, on a batch that a training step saw; in between on request. It names
    missing and double scaling, a share of dropped values other than the rate, dropout that is never active or always the
    same, dropout that is active at inference, and the variance shift between dropout and a batch normalization behind it.
    All masks are gone through where a layer has at most 10 units (1024 masks); else masks are drawn, and a difference counts
    from 5 standard errors on. Training is bit for bit what it is without the check.

    | quantity | place | one number means |
    | --- | --- | --- |
    | `dropout_mean_ratio` | dropout layer | mean over masks over the pass at inference; 1 is right (not for `AlphaDropout`) |
    | `dropout_mean_ratio_error` | dropout layer | its standard error |
    | `dropout_variance_ratio` | batch normalization | variance that comes in under dropout over that at inference |
    | `dropout_output_gap` | output | root mean square of mean over masks minus single pass, over that of the single pass |

    Args:
        probe_data: inputs to look at, as for `model.predict`, or a pair `(x, y)` of which `x` is used; None for a batch that
            training sees, which costs compiling the training step once more.
        every_n_epochs: look after each n-th epoch too; None for the first and the last only.
        draws: how many masks are drawn where there are too many to go through all; at least 16.

    Raises:
        ValueError: an argument is not as described; or, without `probe_data`, the model trains on several replicas of a
            TensorFlow strategy.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5, name="drop"), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> check = DropoutScalingCheck()
    >>> _ = model.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0, callbacks=[check])
    >>> check.result.ok, check.result.layers[0].ratio
    (True, 1.0)
    >>> check.check(model, np.ones((8, 4))).layers[0].method
    'all 16 masks'

    Reference:
        Xiang Li, Shuo Chen, Xiaolin Hu, Jian Yang: "Understanding the Disharmony between Dropout and Batch Normalization by
        Variance Shift", 2019, https://arxiv.org/abs/1801.05134
    """

    def __init__(self, probe_data: Any = None, every_n_epochs: int | None = None, draws: int = DRAWS) -> None:
        super().__init__()
        self.async_safe = True  # no hook below reads logs of a batch, so Keras need not wait for them
        if isinstance(probe_data, tuple):
            if len(probe_data) != 2:
                raise invalid("probe_data", "None, inputs, or a pair (x, y)", f"a tuple of {len(probe_data)}")
            probe_data = probe_data[0]
        leaves = [] if probe_data is None else keras.tree.flatten(probe_data)
        if probe_data is not None and not (leaves and all(getattr(leaf, "shape", None) and leaf.shape[0] for leaf in leaves)):
            raise invalid("probe_data", "None, inputs with rows, or a pair (x, y)", type(probe_data).__name__)
        self._every = None if every_n_epochs is None else check_integer("every_n_epochs", every_n_epochs, low=1)
        self._draws = check_integer("draws", draws, low=FEWEST_DRAWS)
        self._probe_data = probe_data
        self._batch = probe_data
        self._recorder = Recorder()
        self._meter: StepMeter | None = None
        self._result: DropoutScaling | None = None
        self._flags: Flags = {}
        self._watching = ExitStack()
        self._waiting = False  # for a batch
        self._done = self._begun = 0  # steps before this epoch, and of it
        self._epoch = self._looked_at = -1

    @property
    def result(self) -> DropoutScaling | None:
        """What the last look found; print it. None before the first."""
        return self._result

    @property
    def run(self) -> Run:
        """The `Run` recorded so far; also after an exception inside `fit`. Its fact "dropout" is the last result, as a dict."""
        return self._recorder.run

    def check(self, model: keras.Model, x: Any) -> DropoutScaling:
        """Looks at a model at once, without `fit`; nothing of it is changed, and nothing is recorded.

        Args:
            model: built; it need not be compiled.
            x: inputs as for `model.predict`: an array, or a list or dict of arrays.

        Raises:
            ValueError: an argument is not as described.
        """
        return dropout_scaling(model, x, self._draws)

    def set_model(self, model: keras.Model) -> None:
        """Called by Keras before it builds its train function."""
        super().set_model(model)
        if self._probe_data is None:
            self._meter = StepMeter.of(model)
            self._meter.reset()

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        when_fit_raises(self, self._raised)
        self._recorder.add("start", step=self._done)
        self._flags = {}
        self._epoch = self._looked_at = -1
        self._waiting = self._probe_data is None and bool(dropout_layers(self._model))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._begun = 0

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._begun = batch + self._model.steps_per_execution
        if self._waiting and self._meter is not None:
            self._meter.request(self, frozenset({0}))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._done += min(self._begun, self.params.get("steps") or self._begun)
        first, self._epoch = self._epoch == -1, epoch
        if first or (self._every is not None and (epoch + 1) % self._every == 0):
            self._look()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        if self._looked_at != self._epoch:
            self._look()
        self._end("stopped" if self._model.stop_training else "completed", "")

    def seen(self, batch: Any, weights: Weights) -> None:
        """The batch of the step that was asked for: see `Watcher`."""
        self._waiting = False
        x, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
        if any(type(leaf).__name__ in NOT_DENSE for leaf in keras.tree.flatten(x)):
            self._recorder.note("Dropout was not looked at: the inputs are sparse or ragged. Give `probe_data`.")
            return
        self._batch = keras.tree.map_structure(lambda leaf: np.array(keras.ops.convert_to_numpy(leaf)), x)
        # Only reads along, where the step is traced or runs eagerly: a `train_step` may pass on another `training`.
        flags = flags_of(dropout_layers(self._model))
        self._watching.enter_context(flags.watching)
        self._flags = flags.flags

    def measured(self, offset: int, *numbers: Any) -> None:
        """The step was taken: see `Watcher`."""
        self._watching.close()

    def failed(self, error: BaseException) -> None:
        """The execution raised: see `Watcher`."""
        self._watching.close()

    def _look(self) -> None:
        model = self.model  # with its present weights, on JAX too
        self._looked_at = self._epoch
        if self._batch is None:
            if dropout_layers(model):
                self._recorder.note("Dropout was not looked at: no batch was seen. Give `probe_data`.")
            return
        self._result = found = dropout_scaling(model, self._batch, self._draws, self._flags)
        step = max(0, self._done - 1)
        layers = [entry for entry in found.layers if entry.method]
        for quantity, places, values in (
            ("dropout_mean_ratio", layers, [entry.ratio for entry in layers]),
            ("dropout_mean_ratio_error", layers, [entry.error for entry in layers]),
            ("dropout_variance_ratio", found.normalizations, [entry.ratio for entry in found.normalizations]),
        ):
            self._recorder.series(quantity, [entry.place for entry in places], [step], np.array([values], "float64"))
        gaps = np.array([[entry.gap for entry in found.outputs]], "float64")
        self._recorder.series("dropout_output_gap", [entry.name for entry in found.outputs], [step], gaps)
        self._recorder.fact("dropout", found.to_dict())
        for place, reason in found.not_measured:
            self._recorder.note(f"Dropout was not judged at {place}: {reason}.")

    def _raised(self, error: BaseException) -> None:
        self._done += self._begun
        self._end("raised", f"{type(error).__name__}: {str(error)[:300]}")

    def _end(self, status: str, reason: str) -> None:
        self._watching.close()
        self._waiting = False
        self._recorder.add("end", status=status, reason=reason)
