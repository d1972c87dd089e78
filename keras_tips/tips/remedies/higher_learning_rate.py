"""Larger steps."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.optimizer_plan import scaled_rate
from keras_tips.tips.tip import Tip

__all__ = ["higher_learning_rate"]


@Tip.of(
    treats=("learning_rate_too_low", "undertrained", "plateau", "saddle_point"),
    choices={"factor": (3.0, 10.0, 30.0)},
    repeats=True,
)
def higher_learning_rate(experiment: Experiment, factor: float = 10.0) -> Experiment:
    """Multiplies the learning rate by `factor`, ten by default.

    Why: where each step is a small part of what the loss surface allows, training spends its epochs on a way that a few
    steps could go. The largest rate that does not diverge is mostly close to the best one.

    When: the loss falls slowly and evenly, and as fast in the last epoch as in the first; weights hardly move.

    Formula: w <- w - factor * rate * g. To first order the loss falls by rate * |g|^2 a step, so ten times as fast at ten
    times the rate, as long as the valley's curvature c keeps the rate below 2 / c.

    Of a schedule every rate is multiplied. Applying the tip again raises the rate again.
    `keras_tips.callbacks.find_learning_rate` measures how far one can go.

        optimizer = keras.optimizers.SGD(learning_rate=0.1)  # in place of 0.01

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> sgd = {"class_name": "SGD", "config": {"learning_rate": 0.5}}
    >>> get("higher_learning_rate").apply(Experiment({}, {"optimizer": sgd}), factor=3).compile["optimizer"]["config"]
    {'learning_rate': 1.5}

    Source: L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2017.
    """
    check_number("factor", factor, 1.0, low_open=True)
    return scaled_rate(experiment, factor)
