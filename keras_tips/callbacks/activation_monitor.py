"""The outputs of all layers in a running `model.fit`, measured where they are made."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_tips.callbacks.monitor import Monitor
from keras_tips.callbacks.watched_layers import watched_layers
from keras_tips.probes.catalogue import quantities
from keras_tips.probes.probe import LayerStep

__all__ = ["ActivationMonitor"]


class ActivationMonitor(Monitor):
    """Records, per layer, what its outputs are like in the forward pass of a training step.

    The numbers are taken inside the compiled training step, in training mode, from the batch that the step sees. Training is
    bit for bit what it is without the monitor; steps that are not recorded run Keras's own compiled function.

    | quantity | one number means |
    | --- | --- |
    | `activation_mean`, `activation_deviation` | mean and standard deviation of all outputs |
    | `activation_zeros` | share of the outputs that are exactly 0 |
    | `activation_saturation` | share near a border of sigmoid, tanh, their hard forms, or softsign |
    | `silent_units` | share of the units that were 0 for every example of the last 8 recorded batches |
    | `idle_pieces` | share of a maxout layer's pieces that won for no example of the last 8 recorded batches |

    The place is the layer's `path`. Layers inside of other layers, such as the cell of a recurrent one, are not looked at;
    a layer that is called several times in a step counts with its first call. On JAX a model with a `train_step` of its own
    does not show its layers; the run says so in its notes, and `probe_data` helps.

    Args:
        every: record every n-th step, or `"auto"`: each of the first 8, then ever more rarely (about 40 in the first
            10 000).
        probe_data: inputs, as the model takes them. With them the outputs are those for these inputs, at inference, at the
            end of each epoch, and training steps are not looked at. The step is the epoch's last one.

    Raises:
        ValueError: `every` is neither a positive integer nor `"auto"`; or the model trains on several replicas of a
            TensorFlow strategy.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="hidden"), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> monitor = ActivationMonitor(every=1)
    >>> _ = model.fit(np.ones((8, 4)), np.ones((8, 1)), batch_size=4, verbose=0, callbacks=[monitor])
    >>> steps, shares = monitor.run.series("activation_zeros", model.get_layer("hidden").path)
    >>> steps.tolist(), shares.shape
    ([0, 1], (2,))
    """

    def __init__(self, every: int | str = "auto", probe_data: Any = None) -> None:
        super().__init__(every, () if probe_data is not None else quantities(LayerStep))
        self._probe_data = probe_data

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Called by Keras."""
        super().on_epoch_end(epoch, logs)
        if self._probe_data is not None:
            model = self.model
            inputs = keras.tree.map_structure(keras.ops.convert_to_tensor, self._probe_data)
            with watched_layers(model) as seen:
                model(inputs, training=False)
            self._measuring.write_layers(seen)
