"""Rows that can be learned from."""

from keras_tips.records.experiment import Experiment
from keras_tips.tips.by_hand import by_hand
from keras_tips.tips.tip import Tip

__all__ = ["repair_data"]


@Tip.of(treats=("inputs_not_finite", "labels_corrupt", "data_without_signal", "split_leak", "loss_not_finite"), by_hand=True)
def repair_data(experiment: Experiment) -> Experiment:
    """Remove or mend damaged rows, labels that are no labels, and rows that stand twice. Work by hand.

    Why: no network is better than its data. One NaN in an input makes every weight NaN after one step; labels shuffled
    against their inputs leave nothing to learn but the rows by heart; rows that are in training and validation make the
    validation result a lie.

    When: inputs or targets hold NaN or infinity; class numbers are fractions or out of range; inputs tell nothing of the
    targets; the same rows are on both sides of the split.

    An experiment holds no rows, so no program applies this tip. Look at the rows first: a value that is missing for a reason
    is better marked by a feature of its own than removed.

        good = numpy.isfinite(x).reshape(len(x), -1).all(axis=1) & numpy.isfinite(y).reshape(len(y), -1).all(axis=1)
        x, y = x[good], y[good]
        _, first = numpy.unique(x.reshape(len(x), -1), axis=0, return_index=True)  # before the split
        x, y = x[numpy.sort(first)], y[numpy.sort(first)]
        print(numpy.unique(y, return_counts=True), x[:5], y[:5])  # do labels belong to their inputs?

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("repair_data").apply(Experiment({}, {}))
    Traceback (most recent call last):
    ValueError: Invalid use of the tip repair_data. It is work by hand. Mend or remove damaged rows before fit. See: \
keras-tips explain repair_data

    Source: C. G. Northcutt, A. Athalye, J. Mueller, "Pervasive Label Errors in Test Sets Destabilize Machine Learning
    Benchmarks", 2021.
    """
    raise by_hand("repair_data", "Mend or remove damaged rows before fit.")
