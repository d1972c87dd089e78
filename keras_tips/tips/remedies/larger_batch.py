"""Gradients with less noise."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.tip import Tip

__all__ = ["larger_batch"]

USUAL = 32  # what Keras takes where `fit` is given none


@Tip.of(
    treats=("batch_size_unsuitable", "oscillating_loss", "stale_batch_statistics"),
    choices={"factor": (2, 4, 8)},
    repeats=True,
)
def larger_batch(experiment: Experiment, factor: float = 4) -> Experiment:
    """Multiplies the batch size by four.

    Why: the gradient of a mini-batch is that of all rows plus noise. With few rows the noise drowns the signal, and batch
    normalization computes its mean and variance from a handful of numbers. Larger batches also keep the hardware busy.

    When: a batch of a few rows, and a loss that swings more than it falls.

    Formula: the noise of the mean gradient falls with 1 / sqrt(batch): four times the rows halve it.

    Applying the tip again multiplies again. There are fewer updates an epoch: the learning rate may rise with the batch.

        model.fit(x, y, batch_size=32)  # in place of 8

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("larger_batch").apply(Experiment({}, {}, {"batch_size": 4})).fit
    {'batch_size': 16}

    Source: L. Bottou, F. E. Curtis, J. Nocedal, "Optimization Methods for Large-Scale Machine Learning", 2018.
    """
    check_number("factor", factor, 1.0, low_open=True)
    size = experiment.fit.get("batch_size") or USUAL
    return experiment.replace(fit={**experiment.fit, "batch_size": max(size + 1, round(size * factor))})
