"""A loss that does not grow with the batch."""

from collections.abc import Mapping
from typing import Any

from keras_tips.records.experiment import Experiment
from keras_tips.tips.loss_plan import changed_losses
from keras_tips.tips.tip import Tip

__all__ = ["mean_reduction"]

MEANS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "auto")


@Tip.of(treats=("loss_reduction_sum", "learning_rate_too_high", "exploding_gradient"))
def mean_reduction(experiment: Experiment) -> Experiment:
    """Lets the loss be the mean over the rows of a batch again, not their sum.

    Why: with the sum, the gradient grows with the number of rows, so the batch size is a hidden factor of the learning rate.
    At 32 rows a rate of 0.1 takes steps as 3.2 would. The last batch of an epoch, which is smaller, takes smaller steps
    than the others, and a penalty on the weights weighs less the larger the batch is.

    When: a loss object was made with `reduction="sum"`, or without reduction.

    Formula: loss = (1 / rows) * sum over the rows of their losses.

        keras.losses.CategoricalCrossentropy()  # in place of reduction="sum"

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> loss = {"class_name": "MeanSquaredError", "config": {"reduction": "sum"}}
    >>> get("mean_reduction").apply(Experiment({}, {"loss": loss})).compile["loss"]["config"]
    {'reduction': 'sum_over_batch_size'}

    Source: L. Bottou, F. E. Curtis, J. Nocedal, "Optimization Methods for Large-Scale Machine Learning", 2018.
    """

    def mean(loss: Any) -> Any:
        config = loss.get("config") if isinstance(loss, Mapping) else None
        if not isinstance(config, Mapping) or config.get("reduction", MEANS[0]) in MEANS:
            return loss
        return {**loss, "config": {**config, "reduction": MEANS[0]}}

    if experiment.compile.get("loss") is None:
        return experiment
    return experiment.replace(compile={**experiment.compile, "loss": changed_losses(experiment.compile["loss"], mean)})
