"""The optimizer that scales each weight's step by itself."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.optimizer_plan import optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip

__all__ = ["adam"]

# Settings of all of Keras's optimizers, which a change of the rule leaves as they are.
KEPT = ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum", "gradient_accumulation_steps")


@Tip.of(
    treats=(
        "learning_rate_invalid",
        "learning_rate_too_low",
        "plateau",
        "saddle_point",
        "learning_rate_too_high",
        "vanishing_gradient",
        "loss_not_finite",
        "optimizer_epsilon",
        "undertrained",
        "local_minimum",
    ),
    choices={"learning_rate": (0.0003, 0.001, 0.003, 0.01)},
)
def adam(experiment: Experiment, learning_rate: float = 0.001) -> Experiment:
    """Trains with Adam at its usual rate, 0.001.

    Why: Adam divides each weight's step by the usual size of its gradient, so that the step has about the size of the rate
    whatever the scale of loss, inputs and layers. That frees from guessing a rate for each problem, and carries over
    plateaus, where gradients are small everywhere.

    When: no rate of plain gradient descent works; layers' gradients differ by orders of magnitude.

    Formula: m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2; w <- w - rate * m' / (sqrt(v') + epsilon), where m' and v' are
    m and v divided by 1 - b1^t and 1 - b2^t; b1 = 0.9, b2 = 0.999, epsilon = 1e-7.

    Clipping, weight decay and averaging of the old optimizer stay.

        model.compile(keras.optimizers.Adam(0.001), loss=loss)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("adam").apply(Experiment({}, {"optimizer": "sgd"})).compile["optimizer"]["class_name"]
    'Adam'

    Source: D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    check_number("learning_rate", learning_rate, 0.0, low_open=True)
    before = optimizer_of(experiment)["config"]
    kept = {key: before[key] for key in KEPT if before.get(key) is not None}
    return with_optimizer(experiment, keras_object("optimizers", "Adam", learning_rate=learning_rate, **kept))
