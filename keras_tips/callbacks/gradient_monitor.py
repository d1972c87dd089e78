"""The gradients of a running `model.fit`, measured where they are made."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_tips.callbacks.measuring import Measuring
from keras_tips.records.run import Run

__all__ = ["GradientMonitor"]


class GradientMonitor(keras.callbacks.Callback):
    """Records, per trainable variable, the norm of the true gradient, the norm of the weights, and the update ratio.

    The numbers are taken inside the compiled training step, on every backend, from the gradient that the optimizer
    receives: before clipping and weight decay, with any loss scale divided out. Training is bit for bit what it is
    without the monitor; steps that are not recorded run Keras's own compiled function.

    | quantity | one number means |
    | --- | --- |
    | `gradient_norm` | L2 norm of the gradient, in loss per unit of the variable |
    | `weight_norm` | L2 norm of the variable before the step |
    | `update_ratio` | L2 norm of the step's change over `weight_norm`; about 1e-3 is usual |

    Args:
        every: record every n-th step, or `"auto"`: each of the first 16, then ever more rarely (about 70 in the first
            10 000).

    Raises:
        ValueError: `every` is neither a positive integer nor `"auto"`; or the model trains on several replicas of a
            TensorFlow strategy.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="first"), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> monitor = GradientMonitor(every=1)
    >>> _ = model.fit(np.ones((8, 4)), np.ones((8, 1)), batch_size=4, verbose=0, callbacks=[monitor])
    >>> steps, norms = monitor.run.series("gradient_norm", model.get_layer("first").kernel.path)
    >>> steps.tolist(), norms.shape
    ([0, 1], (2,))
    """

    def __init__(self, every: int | str = "auto") -> None:
        super().__init__()
        self.async_safe = True  # no hook below reads logs of a batch, so Keras need not wait for them
        self._measuring = Measuring(every)

    @property
    def run(self) -> Run:
        """The `Run` recorded so far; also after an exception inside `fit`."""
        return self._measuring.run

    def set_model(self, model: keras.Model) -> None:
        """Called by Keras before it builds its train function."""
        super().set_model(model)
        self._measuring.take_model(model, self)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_fit(self.params.get("steps"))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_epoch()

    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.begin_execution(batch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.end_epoch(logs)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        self._measuring.end_fit()
