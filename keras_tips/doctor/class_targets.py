"""Targets that say one class per row, with those of validation beside them."""

from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.records.facts import OutputFact, TargetFact
from keras_tips.records.run import Run

__all__ = ["ClassTarget", "class_targets"]

LOSSES = (
    *("sparse_categorical_crossentropy", "categorical_crossentropy", "categorical_focal_crossentropy"),
    *("binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge", "categorical_hinge"),
)


@dataclass(frozen=True)
class ClassTarget:
    """One output whose targets are classes, one per row.

    Attributes:
        output: that meets them.
        target: of the training rows.
        validation: of the validation rows, where those are classes too; else None.
    """

    output: OutputFact
    target: TargetFact
    validation: TargetFact | None

    @property
    def counts(self) -> np.ndarray:
        """Training rows per class, of the classes that were seen; most first."""
        return np.sort(np.array([count for count in self.target["class_counts"].values() if count > 0], "float64"))[::-1]

    @property
    def both_counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Training and validation rows of each class that was seen on either side; both empty without validation."""
        known, other = self.target["class_counts"], (self.validation or self.target)["class_counts"]
        if self.validation is None:
            return np.empty(0), np.empty(0)
        names = [name for name in sorted({*known, *other}) if known.get(name, 0) + other.get(name, 0) > 0]
        first, second = (np.array([max(0, side.get(name, 0)) for name in names], "float64") for side in (known, other))
        return first, second


def class_targets(run: Run) -> list[ClassTarget]:
    """Returns the outputs whose targets say one class per row.

    Classes of every pixel or every word are left out: those of one row are no independent draws. So are whole numbers under a
    loss that compares amounts.
    """
    held_out: list[TargetFact] = checked_fact(run, "validation_targets") or []
    by_name = {target["name"]: target for target in held_out}
    found = []
    for number, (output, target) in enumerate(paired_outputs(run)):
        if target is None or not _one_per_row(target) or not _classes(output, target):
            continue
        alone = len(held_out) == len(paired_outputs(run))
        other = by_name.get(target["name"], held_out[number] if alone else None)
        found.append(ClassTarget(output, target, other if other is not None and _one_per_row(other) else None))
    return found


def _one_per_row(target: TargetFact) -> bool:
    """Of more than a thousand classes, the counts of the rarest are not told, so that these are left out."""
    return 0 < target["rows"] == sum(target["class_counts"].values())


def _classes(output: OutputFact, target: TargetFact) -> bool:
    yes_or_no = target["zero_one"] and target["width"] == 1  # whatever the activation and the loss are
    return target["one_hot"] or output["loss"] in LOSSES or yes_or_no
