"""The gradients of a running `model.fit`, measured where they are made."""

from keras_tips.callbacks.monitor import Monitor
from keras_tips.probes.catalogue import quantities
from keras_tips.probes.probe import Interval, TrainingStep, VariableStep

__all__ = ["GradientMonitor"]


class GradientMonitor(Monitor):
    """Records, per trainable variable, the true gradient, the weights, and how far steps go.

    The numbers are taken inside the compiled training step, on every backend, from the gradient that the optimizer
    receives: before clipping and weight decay, with any loss scale divided out. Training is bit for bit what it is
    without the monitor; steps that are not recorded run Keras's own compiled function.

    | quantity | one number means |
    | --- | --- |
    | `gradient_norm` | L2 norm of the gradient, in loss per unit of the variable |
    | `gradient_max` | largest absolute value in it |
    | `gradient_zeros`, `gradient_not_finite` | share of its entries that are exactly 0; that are NaN or infinite |
    | `gradient_signal_to_noise` | norm of the mean gradient of the last 16 recorded steps over that of their deviation |
    | `clip_ratio` | what the optimizer's clipping leaves of its norm, where it clips |
    | `weight_norm`, `weight_variance` | L2 norm of the variable before the step, and variance of its entries |
    | `update_ratio` | L2 norm of the step's change over `weight_norm`; about 1e-3 is usual |

    And for each recorded step, at the place `"train"`: `learning_rate`, as it was really used; `batch_loss`, of this batch
    alone; `predicted_loss_change`, gradient times change, what the step would change if the loss were a plane;
    `step_seconds`, the mean time of the steps before it.

    Args:
        every: record every n-th step, or `"auto"`: each of the first 8, then ever more rarely (about 40 in the first
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
        super().__init__(every, quantities(VariableStep, TrainingStep, Interval))
