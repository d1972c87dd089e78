"""Small steps at first."""

from collections.abc import Mapping
from typing import Any

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.optimizer_plan import learning_rate_of, optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip
from keras_tips.tips.training_share import share_of_training

__all__ = ["warmup"]

FIRST = 0.01  # share of the rate at which the rise begins


@Tip.of(
    treats=("exploding_gradient", "learning_rate_too_high", "oscillating_loss", "loss_not_finite"),
    choices={"share": (0.05, 0.1, 0.2)},
)
def warmup(experiment: Experiment, share: float = 0.1) -> Experiment:
    """Lets the learning rate rise evenly from a hundredth of what it is, over the first tenth of the training.

    Why: at the start the weights are random and gradients large and unrelated from layer to layer; Adam's averages rest on
    few batches. A full step then may throw the network to where it does not come back from. After some small steps the same
    rate is harmless.

    When: the first steps raise the loss or the gradients, while later ones would be fine; deep networks; large batches.

    Formula: rate(t) = rate * (0.01 + 0.99 * t / T) for t up to T = share * (all steps), and the rate as it was after that.

    A cosine schedule gets its own warm-up; other schedules are left alone.

        schedule = keras.optimizers.schedules.PolynomialDecay(0.001, decay_steps=500, end_learning_rate=0.1)  # it rises

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> sgd = {"class_name": "SGD", "config": {"learning_rate": 0.1}}
    >>> changed = get("warmup").apply(Experiment({}, {"optimizer": sgd}))
    >>> changed.compile["optimizer"]["config"]["learning_rate"]["config"]["end_learning_rate"]
    0.1

    Source: P. Goyal and others, "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017.
    """
    check_number("share", share, 0.0, 1.0, low_open=True, high_open=True)
    optimizer = optimizer_of(experiment)
    rate = learning_rate_of(optimizer)
    schedule = _warmed(rate, share) if isinstance(rate, Mapping) else _rising(rate, share)
    return with_optimizer(experiment, {**optimizer, "config": {**optimizer["config"], "learning_rate": schedule}})


def _rising(rate: float, share: float) -> dict[str, Any]:
    return keras_object(
        "optimizers.schedules",
        "PolynomialDecay",
        initial_learning_rate=rate * FIRST,
        decay_steps=share_of_training(share),
        end_learning_rate=rate,
    )


def _warmed(schedule: Mapping[str, Any], share: float) -> dict[str, Any]:
    config = schedule["config"]
    if schedule["class_name"] != "CosineDecay" or config.get("warmup_target") is not None:
        return dict(schedule)
    rate = config["initial_learning_rate"]
    rise = {"initial_learning_rate": rate * FIRST, "warmup_target": rate, "warmup_steps": share_of_training(share)}
    decay = config["decay_steps"]
    if isinstance(decay, Mapping):  # still a share of the training: of what is left after the rise
        rise["decay_steps"] = share_of_training(1.0 - share)
    return {**schedule, "config": {**config, **rise}}
