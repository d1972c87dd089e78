"""Rule: labels that cannot be class labels for this loss, or that have nothing to do with the inputs."""

import math

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.class_order import whole_epoch_seen
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.missing_signal import MissingSignal, missing_signal
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
from keras_tips.doctor.went_well import went_well
from keras_tips.records.facts import OutputFact, RelabelledFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["labels_corrupt"]

SPARSE = "sparse_categorical_crossentropy"
CATEGORICAL = ("categorical_crossentropy", "categorical_focal_crossentropy")
BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
IGNORED = (-1, 255, -100)  # what losses that leave rows out are usually told to leave out
# Up to here, rows of two labels or of none are slips. Beyond, several labels are meant, which softmax cannot say.
ODD_SUM = 0.5  # distance of the mean sum of a row from 1
MET_AGAIN = 8  # rows
CHANGED = 0.25  # share of them: labels that are drawn anew for a few, as noise, are meant so
FEWEST = 20  # rows; of fewer, one class may be chance
CAUSES = (
    *("gradient_ascent", "output_activation_mismatch", "loss_task_mismatch", "class_imbalance", "learning_rate_too_high"),
    *("exploding_gradient", "loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient", "depth_degradation"),
    *("capacity_too_low", "learning_rate_too_low", "oscillating_loss", "plateau", "saddle_point", "local_minimum"),
    *("undertrained", "data_without_signal", "overfitting", "overtraining"),
)


@rule(stage="setup", explains=CAUSES)
def labels_corrupt(run: Run) -> tuple[Finding, ...] | Missing:
    """The labels cannot be class labels for this loss, or have nothing to do with the inputs.

    What it finds:
        Class numbers that are fractions, negative, or beyond the units of the output; one class only; pairs of numbers other
        than 0 and 1 for a binary loss; rows that are no distribution for a categorical one; labels that nothing predicts, as if
        they had been shuffled against their rows; and rows that come with other targets in later epochs.

    Why it hurts:
        What a loss makes of such numbers depends on the backend: an error, NaN, a row that counts as nothing, or a loss that
        falls without end. Shuffled labels can only be learned by heart.

    Evidence:
        The values of the training targets against loss and units. For shuffled labels, the accuracy of a linear readout and of
        the nearest neighbours on rows that they were not fitted to, and that of the network on training and validation rows.

    Threshold:
        The contracts are exact, and critical; a single number that losses are often told to ignore is a remark where training
        goes on well with it. Unrelated labels: no predictor above the best constant by three standard errors, and five
        classes or more, or a network that learned half of its training rows by heart in vain, or validation rows of which one
        half tells a third of what there is to learn of the other. Warning. Changing targets: a
        quarter of at least 8 rows met again. Critical; a remark where training went well.

    Remedy:
        Number the classes from 0 on. Look at twenty rows beside their labels. Shuffle inputs and labels together, in one order.

    False alarms:
        Class numbers stored as floats, soft labels, several labels per row under a binary loss and per-pixel masks with an
        ignored value are healthy. So are tasks on which only the network itself beats a constant on validation rows.

    References:
        Northcutt, Athalye, Mueller: Pervasive Label Errors in Test Sets Destabilize Machine Learning Benchmarks, 2021. Zhang
        et al.: Understanding Deep Learning Requires Rethinking Generalization, 2017.
    """
    pairs = [(output, target) for output, target in paired_outputs(run) if target is not None]
    if not pairs:
        return Missing("needs the outputs of the model and the training targets")
    found = [finding for output, target in pairs if (finding := _contract(run, output, target)) is not None]
    changing = _changing(run)
    if found or changing is not None:
        return (*found, *([] if changing is None else [changing]))
    missing = missing_signal(run)
    return (_unrelated(missing),) if missing is not None and missing.of_labels else ()


def _changing(run: Run) -> Finding | None:
    """Rows that come back with other targets."""
    known: RelabelledFact | None = checked_fact(run, "relabelled")
    if known is None or known["rows"] < MET_AGAIN or known["ambiguous"] > 0 or known["changed"] < CHANGED * known["rows"]:
        return None
    message = (
        f"Targets move from row to row: of {known['rows']} rows that came again after the first epoch, bit for bit, "
        f"{known['changed']} had another target than before, as if inputs were shuffled without their targets."
    )
    evidence = {"met_again": float(known["rows"]), "changed": float(known["changed"])}
    severity = "info" if went_well(run) else "critical"
    why = "What is learned of a row in one epoch is contradicted in the next, so that nothing of it lasts."
    return Finding("labels_corrupt", severity, "setup", message, (), evidence, ("repair_data",), 0.95, why=why)


def _contract(run: Run, output: OutputFact, target: TargetFact) -> Finding | None:
    if target["rows"] < 1 or not math.isfinite(target["minimum"]) or not math.isfinite(target["maximum"]):
        return None
    if output["loss"] == SPARSE:
        found = _class_numbers(run, output, target)
    elif output["loss"] in BINARY:
        found = _binary(output, target)
    elif output["loss"] in CATEGORICAL:
        found = _rows(run, output, target)
    else:
        found = None
    return found or _one_class(run, output, target)


def _class_numbers(run: Run, output: OutputFact, target: TargetFact) -> Finding | None:
    units = output["units"] or 0
    if not target["integer"]:
        what = "are fractions, which the loss rounds down to some class"
        return _made(output, target, "critical", what, {"units": float(units)})
    if target["minimum"] >= 0 and (units < 2 or target["maximum"] < units):
        return None
    what = f"have to be 0 to {units - 1}, one number for each of its {units} units" if units else "must not be negative"
    severity = _with_ignored(run, target, units)
    if severity != "critical":
        what += ", unless the loss is told to ignore the number beyond"
    return _made(output, target, severity, what, {"units": float(units)}, 0.95 if severity == "critical" else 0.5)


def _with_ignored(run: Run, target: TargetFact, units: int) -> str:
    """How bad numbers out of range are: one that is usual for rows to ignore may be meant so."""
    low, high = target["minimum"], target["maximum"]
    outside = [value for value in (low, high) if value < 0 or (units >= 2 and value >= units)]
    inside = [int(name) for name in target["class_counts"] if name.isdecimal() and (units < 2 or int(name) < units)]
    beyond = set(target["class_counts"]) - {str(name) for name in inside}
    if len(outside) != 1 or int(outside[0]) not in IGNORED or len(beyond) > 1 or (inside and 0 not in inside):
        return "critical"
    if len(run.values("loss", "train")):
        return "info" if went_well(run) else "critical"
    return "info" if target["width"] > 1 else "warning"


def _binary(output: OutputFact, target: TargetFact) -> Finding | None:
    """Two values other than 0 and 1. More than two are no binary labels, which is another ailment."""
    low, high, mean, deviation = (target[name] for name in ("minimum", "maximum", "mean", "deviation"))
    if (low >= 0 and high <= 1) or high <= low:
        return None
    # The variance of numbers between two borders is largest where all lie on them.
    two = math.isclose(deviation * deviation, (mean - low) * (high - mean), rel_tol=1e-3)
    if not two or not target["integer"]:
        return None
    return _made(output, target, "critical", "have to be 0 and 1: beyond them the loss has no lower bound", {})


def _rows(run: Run, output: OutputFact, target: TargetFact) -> Finding | None:
    """Rows that are no distribution over the classes, though no row is meant to have several labels."""
    width, units = target["width"], output["units"] or 0
    if width < 2 or width != units or target["rows_sum_to_one"]:
        return None
    labels = target["mean"] * width
    bounded = target["minimum"] >= 0 and target["maximum"] <= 1
    if bounded and labels - 1 > ODD_SUM:
        return None
    what = f"should add up to 1 in each row, and do not: {labels:.3g} on average"
    severity = "info" if went_well(run) or not len(run.values("loss", "train")) else "warning"
    return _made(output, target, severity, what, {"mean_sum": labels}, 0.6)


def _one_class(run: Run, output: OutputFact, target: TargetFact) -> Finding | None:
    """The same class in all rows, where validation has no other class either."""
    known = output["loss"] in (SPARSE, *BINARY, *CATEGORICAL) and target["classes"] == 1
    whole = sum(target["class_counts"].values()) == target["rows"] >= FEWEST
    if not known or not whole:
        return None
    held_out: list[TargetFact] = checked_fact(run, "validation_targets") or []
    if any((other["classes"] or 1) > 1 or other["class_counts"].keys() != target["class_counts"].keys() for other in held_out):
        return None  # the split, or the order of the rows, is to blame
    what = f"are all of one class, in {target['rows']:,} rows, so a constant is right and nothing can be learned"
    # Rows that were not looked at may be of other classes, if all rows are sorted.
    severity, sure = ("critical", 0.9) if whole_epoch_seen(run, target["rows"]) else ("warning", 0.7)
    return _made(output, target, severity, what, {"classes": 1.0}, sure)


def _made(
    output: OutputFact, target: TargetFact, severity: str, what: str, evidence: dict[str, float], sure: float = 0.95
) -> Finding:
    message = f"The labels of {output['name']!r} ({target['minimum']:g} to {target['maximum']:g}) {what}."
    numbers = {"minimum": target["minimum"], "maximum": target["maximum"], **evidence}
    return Finding("labels_corrupt", severity, "setup", message, (), numbers, ("repair_data",), sure)


def _unrelated(missing: MissingSignal) -> Finding:
    what = "labels" if missing.kind == "classes" else "targets"
    message = f"The {what} of {missing.output!r} seem to have nothing to do with the inputs: {missing.words}."
    why = f"{what.capitalize()} that have nothing to do with their rows can only be learned by heart."
    tips, sure = ("repair_data",), missing.confidence
    return Finding("labels_corrupt", "warning", "setup", message, (), missing.evidence, tips, sure, why=why)
