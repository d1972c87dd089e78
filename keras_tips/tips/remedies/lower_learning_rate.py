"""Smaller steps."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.optimizer_plan import scaled_rate
from keras_tips.tips.tip import Tip

__all__ = ["lower_learning_rate"]


@Tip.of(
    treats=(
        "learning_rate_too_high",
        "oscillating_loss",
        "exploding_gradient",
        "loss_not_finite",
        "dead_units",
        "loss_reduction_sum",
        "saturated_units",
    ),
    choices={"factor": (0.3, 0.1, 0.03)},
    repeats=True,
)
def lower_learning_rate(experiment: Experiment, factor: float = 0.1) -> Experiment:
    """Multiplies the learning rate by `factor`, a tenth of it by default.

    Why: the gradient says in which direction the loss falls, and only for a short way. A step that goes beyond the other
    side of the valley makes the loss larger, and the next gradient with it. One such step can push units to where they are
    zero for every input, and no later step brings them back.

    When: the loss rises, swings or turns to NaN from the first steps on, or units die.

    Formula: w <- w - factor * rate * g. On a quadratic valley of curvature c, gradient descent converges for rates below
    2 / c and diverges above.

    Of a schedule every rate is multiplied. Applying the tip again lowers the rate again.

        optimizer = keras.optimizers.SGD(learning_rate=0.01)  # in place of 0.1

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> sgd = {"class_name": "SGD", "config": {"learning_rate": 2.0}}
    >>> get("lower_learning_rate").apply(Experiment({}, {"optimizer": sgd})).compile["optimizer"]["config"]
    {'learning_rate': 0.2}

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Mueller, "Efficient BackProp", 1998.
    """
    check_number("factor", factor, 0.0, 1.0, low_open=True, high_open=True)
    return scaled_rate(experiment, factor)
