"""Longer training."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.tip import Tip

__all__ = ["more_epochs"]


@Tip.of(treats=("undertrained", "learning_rate_too_low", "batch_size_unsuitable"), choices={"factor": (2, 3, 5)}, repeats=True)
def more_epochs(experiment: Experiment, factor: float = 3) -> Experiment:
    """Trains three times as many epochs.

    Why: a loss that still falls when training ends has not given what it could.

    When: the loss of the last epochs is clearly below that of the epochs before, in training and in validation. Where it
    falls slowly all the time, a higher learning rate gets there sooner.

    Applying the tip again multiplies again. Together with `early_stopping` the number of epochs is only a limit.

        model.fit(x, y, epochs=60)  # in place of 20

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("more_epochs").apply(Experiment({}, {}, {"epochs": 5})).fit
    {'epochs': 15}

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep Learning", chapter 11, 2016.
    """
    check_number("factor", factor, 1.0, low_open=True)
    epochs = experiment.fit.get("epochs", 1)
    return experiment.replace(fit={**experiment.fit, "epochs": max(epochs + 1, round(epochs * factor))})
