"""Rare classes count more."""

from collections.abc import Mapping, Sequence

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.tip import Tip

__all__ = ["class_weights"]


@Tip.of(treats=("class_imbalance",))
def class_weights(experiment: Experiment, counts: Sequence[int] | Mapping[int, int]) -> Experiment:
    """Weighs each training row by how rare its class is, so that all classes together count alike.

    Why: where one class holds nine rows of ten, always naming it costs little loss. The gradient of the rare classes is
    outvoted in every batch.

    When: some classes have many times the rows of others, and the rare ones matter. Look at the accuracy of each class:
    that over all rows hides the harm.

    Formula: the weight of class k of K classes is rows / (K * rows of class k); the mean weight over all rows is 1. A class
    without rows gets the weight 1.

    Needs `counts`: rows of each class in the training data, in the order of the classes, as `numpy.bincount(y)` gives them
    for class numbers and `y.sum(axis=0)` for one-hot rows.

        counts = numpy.bincount(y); model.fit(x, y, class_weight=dict(enumerate(len(y) / (len(counts) * counts))))

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("class_weights").apply(Experiment({}, {}), counts=[90, 10]).fit["class_weight"]
    {0: 0.5555555555555556, 1: 5.0}

    Source: G. King, L. Zeng, "Logistic Regression in Rare Events Data", 2001.
    """
    if hasattr(counts, "tolist"):
        counts = counts.tolist()
    if not isinstance(counts, (Mapping, list, tuple)) or len(counts) < 2:
        raise invalid("counts", "rows of each of at least two classes", counts, "numpy.bincount(y) gives them.")
    pairs = counts.items() if isinstance(counts, Mapping) else enumerate(counts)
    rows = {int(label): check_integer("counts", _whole(count), low=0) for label, count in pairs}
    total = sum(rows.values())
    weights = {label: total / (len(rows) * count) if count else 1.0 for label, count in rows.items()}
    return experiment.replace(fit={**experiment.fit, "class_weight": weights})


def _whole(count: float) -> float:
    """Sums of one-hot rows are whole numbers that were counted as floats."""
    return int(count) if isinstance(count, float) and count.is_integer() else count
