"""The small number that keeps an optimizer from dividing by nothing."""

from keras_tips.records.experiment import Experiment
from keras_tips.tips.optimizer_plan import optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip

__all__ = ["default_epsilon"]

DEFAULT = 1e-7  # of Keras's Adam, RMSprop, Adagrad, Adadelta, Adamax, Nadam, AdamW and Lamb


@Tip.of(treats=("optimizer_epsilon", "loss_not_finite", "learning_rate_too_high", "learning_rate_too_low"))
def default_epsilon(experiment: Experiment) -> Experiment:
    """Puts the optimizer's epsilon back to Keras's default, 1e-7.

    Why: adaptive optimizers divide by the usual size of a weight's gradient plus epsilon. With none, a weight whose gradient
    is almost always zero gets huge steps, or NaN from 0 / 0. With one that is larger than all gradients, the division does
    nothing and the optimizer is plain gradient descent at a tiny rate.

    When: epsilon is zero, or orders of magnitude away from the default, without a measured reason.

    Formula: step = rate * m / (sqrt(v) + epsilon).

        keras.optimizers.Adam(0.001)  # and no epsilon

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> adam = {"class_name": "Adam", "config": {"learning_rate": 0.001, "epsilon": 1e-30}}
    >>> get("default_epsilon").apply(Experiment({}, {"optimizer": adam})).compile["optimizer"]["config"]
    {'learning_rate': 0.001}

    Source: D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    optimizer = optimizer_of(experiment)
    if optimizer["config"].get("epsilon", DEFAULT) == DEFAULT:
        return experiment
    config = {key: value for key, value in optimizer["config"].items() if key != "epsilon"}
    return with_optimizer(experiment, {**optimizer, "config": config})
