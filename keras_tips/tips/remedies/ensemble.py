"""Several networks, averaged."""

from keras_tips.records.experiment import Experiment
from keras_tips.tips.by_hand import by_hand
from keras_tips.tips.tip import Tip

__all__ = ["ensemble"]


@Tip.of(treats=("overfitting", "overtraining"), by_hand=True)
def ensemble(experiment: Experiment) -> Experiment:
    """Train several networks from different starts, on subsets of the rows or of different structure, and average what they
    predict. Work by hand.

    Why: each network makes mistakes of its own besides those that the data force on all. Averaging keeps what they agree on.
    A network of great capacity is right on average and wrong in its particulars: there it helps most.

    When: training is good, validation worse, and several times the computing is acceptable.

    Formula: for m members whose errors have variance v and correlation r, the average's error has variance
    v (r + (1 - r) / m).

    It is no change of one experiment: it takes several.

        members = [keras_tips.tips.train(experiment.replace(seed=seed), (x, y))[0] for seed in range(5)]
        probabilities = sum(member.predict(x_test) for member in members) / len(members)

    >>> from keras_tips.tips import get
    >>> get("ensemble").by_hand
    True

    Source: B. Lakshminarayanan, A. Pritzel, C. Blundell, "Simple and Scalable Predictive Uncertainty Estimation using Deep
    Ensembles", 2017.
    """
    raise by_hand("ensemble", "Train several members with experiment.replace(seed=...) and average what they predict.")
