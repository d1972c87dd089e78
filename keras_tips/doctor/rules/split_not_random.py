"""Rule: validation holds other classes, or other targets, because of how it was cut."""

import math

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.class_shift import ClassShift, class_shift
from keras_tips.doctor.class_targets import ClassTarget, class_targets
from keras_tips.doctor.looks import trained
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
from keras_tips.doctor.validation_suffers import validation_suffers
from keras_tips.records.facts import TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["split_not_random"]

DIFFERENT = 0.25  # share of rows that would have to change their class; less is worth no word
FEWEST = 20  # rows on either side, for numbers
# Ranges of numbers that a random split cut overlap nearly wholly; those of sorted rows touch.
OVERLAP = 0.1  # common part of both ranges, over the smaller of them
APART = 1.0  # distance of the means, in deviations of the training targets: the least that touching halves have
STANDARD_ERRORS = 5.0  # of the difference of two means
CAUSES = (
    *("class_imbalance", "train_validation_shift", "data_without_signal", "stale_batch_statistics", "augmentation_shift"),
    *("overfitting", "overtraining"),
)
TIPS = ("stratified_split", "shuffle")


@rule(stage="setup", explains=CAUSES)
def split_not_random(run: Run) -> tuple[Finding, ...] | Missing:
    """Validation holds other classes, or targets of another range, because of how the rows were cut.

    What it finds:
        A split through rows that are sorted by label. `validation_split` takes the last rows, before anything is shuffled.

    Why it hurts:
        The network is judged by classes that it never saw, and trained on classes that nobody judges. Everything that
        validation decides (early stopping, the choice of a model) is decided by chance.

    Evidence:
        Rows of each class on both sides, or mean and range of targets that are numbers.

    Threshold:
        Classes: counts that differ by more than chance (a chi-square test, five standard errors), and either a quarter of the
        training rows in classes that validation lacks, each of which should have five rows there, or a tenth of the validation
        rows in classes that training lacks. Warning. Shares that differ by a quarter, with all classes on both sides: info.
        Numbers: ranges that overlap by less than a tenth, and means a deviation apart; a warning unless validation does well.

    Remedy:
        Shuffle the rows before they are cut, or cut within each class, so that both sides have the same shares.

    False alarms:
        Small validation sets lack rare classes by chance, and are left alone. Training rows that were balanced on purpose, and
        imbalance that both sides share, are healthy. A series that is cut in time may have another range: it is only
        a remark where validation does well.

    References:
        Kohavi: A Study of Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection, 1995.
    """
    held_out: list[TargetFact] | None = checked_fact(run, "validation_targets")
    if not held_out or checked_fact(run, "targets") is None or checked_fact(run, "outputs") is None:
        return Missing("needs training and validation targets")
    classes = class_targets(run)
    found = [_of_classes(run, each) for each in classes]
    judged = {each.target["name"] for each in classes}
    for number, (_, target) in enumerate(paired_outputs(run)):
        other = next((fact for fact in held_out if target is not None and fact["name"] == target["name"]), None)
        if other is None and len(held_out) == len(paired_outputs(run)):
            other = held_out[number]
        if target is not None and other is not None and target["name"] not in judged:
            found.append(_of_numbers(run, target, other))
    return tuple(finding for finding in found if finding is not None)


def _of_classes(run: Run, classes: ClassTarget) -> Finding | None:
    shift = class_shift(run, classes)
    if shift is None or not shift.real or not (shift.cut or shift.distance >= DIFFERENT):
        return None
    if shift.cut:
        return _cut(classes, shift)
    message = (
        f"Classes have other shares in validation than in training: {shift.distance:.0%} of the rows would have to change "
        f"their class (training: largest over smallest class {shift.imbalance:.3g})."
    )
    return Finding("split_not_random", "info", "setup", message, (), _evidence(shift), TIPS, 0.7)


def _cut(classes: ClassTarget, shift: ClassShift) -> Finding:
    train, validation = classes.both_counts
    message = (
        f"The split cuts classes apart: training has {(train > 0).sum()} classes and validation {(validation > 0).sum()}, of "
        f"{len(train)}; {shift.untested:.0%} of the training rows are of classes that validation lacks, and "
        f"{shift.unseen:.0%} of the validation rows of classes that training lacks."
    )
    return Finding("split_not_random", "warning", "setup", message, (), _evidence(shift), TIPS, 0.95)


def _evidence(shift: ClassShift) -> dict[str, float]:
    return {
        "untested_share": shift.untested,
        "unseen_share": shift.unseen,
        "distance": shift.distance,
        "standard_errors": shift.standard_errors,
    }


def _of_numbers(run: Run, target: TargetFact, other: TargetFact) -> Finding | None:
    rows = (target["rows"], other["rows"])
    if min(rows) < FEWEST or target["one_hot"] or target["zero_one"] or not target["deviation"] > 0:
        return None
    apart = abs(other["mean"] - target["mean"]) / target["deviation"]
    noise = math.sqrt(1 / rows[0] + 1 / rows[1])
    ranges = [max(0.0, fact["maximum"] - fact["minimum"]) for fact in (target, other)]
    common = min(target["maximum"], other["maximum"]) - max(target["minimum"], other["minimum"])
    overlap = max(0.0, common) / min(ranges) if min(ranges) > 0 else float(common >= 0)
    if not (math.isfinite(apart) and apart >= max(APART, STANDARD_ERRORS * noise) and overlap < OVERLAP):
        return None
    suffers = validation_suffers(run)
    severity = "info" if suffers is False or (suffers is None and trained(run)) else "warning"
    message = (
        f"Training targets go from {target['minimum']:.4g} to {target['maximum']:.4g} and validation targets from "
        f"{other['minimum']:.4g} to {other['maximum']:.4g}: their means are {apart:.2g} deviations apart."
    )
    evidence = {"deviations_apart": apart, "overlap": overlap}
    return Finding("split_not_random", severity, "setup", message, (), evidence, ("shuffle",), 0.8)
