"""A learning rate that falls while training goes on."""

from collections.abc import Mapping
from typing import Any

from keras_tips._base.arguments import check_choice
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object, keras_tips_object
from keras_tips.tips.optimizer_plan import learning_rate_of, optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip
from keras_tips.tips.training_share import share_of_training

__all__ = ["learning_rate_schedule"]

KINDS = ("cosine", "exponential", "steps", "one_cycle")
LAST = 0.01  # share of the rate at which the exponential fall ends: the "two decades" of most published recipes
STEP = 0.1  # of the stairs: a tenth at half of the training, a hundredth at three quarters


@Tip.of(
    treats=("oscillating_loss", "learning_rate_too_high", "plateau", "undertrained"),
    choices={"kind": KINDS},
)
def learning_rate_schedule(experiment: Experiment, kind: str = "cosine") -> Experiment:
    """Lets the learning rate fall from what it is to almost nothing over the training.

    Why: far from the minimum large steps are right, near it small ones. At a constant rate the noise of the mini-batches
    keeps the weights swinging about the minimum at a distance that grows with the rate.

    When: the loss falls quickly and then swings without settling; or the last bit of quality is wanted.

    Formula: for the share s of training that is over, from 0 to 1, the rate is multiplied by (1 + cos(pi s)) / 2
    (`"cosine"`), by 0.01^s (`"exponential"`), by 1, 0.1 and 0.01 before s = 1/2, before 3/4 and after (`"steps"`).
    `"one_cycle"` first rises from 1/25 of the rate to the rate, until s = 0.3, and then falls to nothing.

    How many steps the training has is found when `keras_tips.tips.train` knows the rows. A rate that follows a schedule
    already is left alone.

        keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, decay_steps=epochs * math.ceil(len(x) / batch_size)))

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> sgd = {"class_name": "SGD", "config": {"learning_rate": 0.1}}
    >>> changed = get("learning_rate_schedule").apply(Experiment({}, {"optimizer": sgd}))
    >>> changed.compile["optimizer"]["config"]["learning_rate"]["class_name"]
    'CosineDecay'

    Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
    """
    check_choice("kind", kind, KINDS)
    optimizer = optimizer_of(experiment)
    rate = learning_rate_of(optimizer)
    if isinstance(rate, Mapping):
        return experiment
    config = {**optimizer["config"], "learning_rate": _schedule(kind, rate)}
    return with_optimizer(experiment, {**optimizer, "config": config})


def _schedule(kind: str, rate: float) -> dict[str, Any]:
    whole = share_of_training(1.0)
    if kind == "one_cycle":
        return keras_tips_object("schedules.one_cycle", "OneCycle", maximum=rate, steps=whole)
    if kind == "steps":
        values = [rate, rate * STEP, rate * STEP**2]
        boundaries = [share_of_training(0.5), share_of_training(0.75)]
        return keras_object("optimizers.schedules", "PiecewiseConstantDecay", boundaries=boundaries, values=values)
    config: dict[str, Any] = {"initial_learning_rate": rate, "decay_steps": whole}
    if kind == "exponential":
        return keras_object("optimizers.schedules", "ExponentialDecay", **config, decay_rate=LAST)
    return keras_object("optimizers.schedules", "CosineDecay", **config)
