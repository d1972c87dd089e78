"""Which way a metric is better, as Keras sees it."""

from collections.abc import Iterable

import keras

from keras_tips._base.arguments import invalid, nearest

__all__ = ["metric_direction"]

NEVER = 10**9  # epochs of patience


def metric_direction(model: keras.Model, monitor: str, known: Iterable[str] = ()) -> str:
    """Returns `"min"` or `"max"`: what Keras's own callbacks make of `mode="auto"`, once the metrics are built.

    Keras has no public function for it, so an `EarlyStopping` is shown a rise from 0 to 1, and asked which one it calls best.

    Args:
        model: a compiled model.
        monitor: the metric's name in the logs.
        known: names that the logs hold, to suggest one.

    Raises:
        ValueError: Keras does not know, as with a metric of someone's own.
    """
    judge = keras.callbacks.EarlyStopping(monitor, patience=NEVER)
    judge.set_model(model)
    judge.on_train_begin()
    try:
        judge.on_epoch_end(0, {monitor: 0.0})
    except ValueError as error:
        if monitor.endswith("_loss"):  # of one output among several: Keras has no metric of this name
            return "min"
        others = [name for name in known if name != monitor]
        expected = "a metric whose direction Keras knows, or mode='min' or mode='max' beside it"
        raise invalid("monitor", expected, monitor, nearest(monitor, others) if others else "") from error
    judge.on_epoch_end(1, {monitor: 1.0})
    return "max" if judge.best else "min"
