"""How the classes of validation differ from those of training."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.class_order import class_order, whole_epoch_seen
from keras_tips.doctor.class_targets import ClassTarget
from keras_tips.records.facts import InputFact, TargetFact
from keras_tips.records.run import Run

__all__ = ["ClassShift", "class_shift"]

# Together, the counts have to differ by what chance makes once in millions of splits.
STANDARD_ERRORS = 5.0  # of the normal distribution that the chi-square statistic is turned into
# A quarter of the training rows has no counterpart in validation. A cut through sorted rows leaves out far more: all classes
# but those at the end.
UNTESTED = 0.25  # share of the training rows
# A tenth of the validation rows cannot be predicted by anything that was trained.
UNSEEN = 0.1  # share of the validation rows
STRONG = 10.0  # largest class over the smallest: what counts as strong imbalance everywhere here
# The validation rows that are looked at are the first ones, up to these bounds. Below both, they are all there are.
ROWS_LOOKED_AT = 4096
NUMBERS_LOOKED_AT = 1_000_000


@dataclass(frozen=True)
class ClassShift:
    """Classes of validation beside those of training.

    Attributes:
        standard_errors: how far both are apart, by a chi-square test of homogeneity, in standard errors of chance.
        distance: share of rows that would have to change their class to make both alike.
        untested: share of the training rows whose class validation does not have.
        unseen: share of the validation rows whose class training does not have.
        imbalance: largest class of training over its smallest one.
    """

    standard_errors: float
    distance: float
    untested: float
    unseen: float
    imbalance: float

    @property
    def real(self) -> bool:
        """Whether it is more than chance."""
        return self.standard_errors >= STANDARD_ERRORS

    @property
    def cut(self) -> bool:
        """Whether the split cuts classes apart, as it does with sorted rows.

        Where only training lacks classes, and others are rare there too, rare classes are the ailment and not the split.
        """
        return self.real and (self.untested >= UNTESTED or (self.unseen >= UNSEEN and self.imbalance < STRONG))


def class_shift(run: Run, classes: ClassTarget) -> ClassShift | None:
    """Returns the shift of one output's classes, or None without rows of validation.

    Sorted rows of which only a part was looked at say nothing about the classes that are missing among them.
    """
    train, validation = classes.both_counts
    if classes.validation is None or not (train.sum() and validation.sum()):
        return None
    share, other = train / train.sum(), validation / validation.sum()
    all_tested = _all_validation_seen(run, classes.validation) or not _sorted(classes.validation)
    all_trained = whole_epoch_seen(run, classes.target["rows"]) or not _sorted(classes.target)
    present = train[train > 0]
    return ClassShift(
        standard_errors=_standard_errors(train, validation),
        distance=float(np.abs(share - other).sum() / 2),
        untested=float(share[validation == 0].sum()) if all_tested else 0.0,
        unseen=float(other[train == 0].sum()) if all_trained else 0.0,
        imbalance=float(present.max() / present.min()),
    )


def _all_validation_seen(run: Run, target: TargetFact) -> bool:
    inputs: list[InputFact] = checked_fact(run, "inputs") or []
    numbers = target["width"] + sum(math.prod(fact["shape"]) for fact in inputs)
    return target["rows"] < ROWS_LOOKED_AT and target["rows"] * numbers < NUMBERS_LOOKED_AT


def _sorted(target: TargetFact) -> bool:
    """Rows of a single class may be the beginning of sorted ones."""
    order = class_order(target)
    return order is None or order.sorted


def _standard_errors(first: np.ndarray, second: np.ndarray) -> float:
    """Chi-square test of homogeneity, its statistic turned into a standard normal one (Wilson and Hilferty, 1931)."""
    both = first + second
    total, freedom = both.sum(), len(both) - 1
    if freedom < 1:
        return 0.0
    statistic = 0.0
    for side in (first, second):
        expected = both * (side.sum() / total)
        statistic += float(((side - expected) ** 2 / expected).sum())
    spread = 2 / (9 * freedom)
    return ((statistic / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
