"""More updates from the same rows."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.tip import Tip

__all__ = ["smaller_batch"]

USUAL = 32  # what Keras takes where `fit` is given none


@Tip.of(
    treats=("batch_size_unsuitable", "undertrained", "local_minimum", "overfitting", "learning_rate_too_low"),
    choices={"factor": (2, 4, 8)},
    repeats=True,
)
def smaller_batch(experiment: Experiment, factor: float = 4) -> Experiment:
    """Divides the batch size by four.

    Why: an epoch is one look at every row, however many updates it makes. With a batch of all rows it makes one. The
    gradient of a part points in nearly the same direction, so a quarter of the batch gives four times the updates for about
    the same work. Its noise also helps out of narrow minima.

    When: few updates an epoch, and the loss still falling at the end.

    Formula: updates per epoch = rows / batch; the noise of the mean gradient grows with 1 / sqrt(batch).

    Applying the tip again divides again, down to 1.

        model.fit(x, y, batch_size=32)  # in place of 128

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("smaller_batch").apply(Experiment({}, {}, {"batch_size": 128})).fit
    {'batch_size': 32}

    Source: D. Masters, C. Luschi, "Revisiting Small Batch Training for Deep Neural Networks", 2018.
    """
    check_number("factor", factor, 1.0, low_open=True)
    size = experiment.fit.get("batch_size") or USUAL
    return experiment.replace(fit={**experiment.fit, "batch_size": max(1, round(size / factor))})
