"""Rule: the loss does not fit the task."""

from collections.abc import Callable
from dataclasses import replace

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.loss_kinds import (
    BINARY,
    CATEGORICAL,
    CLASS_NUMBERS,
    DISTANCES,
    DISTRIBUTIONS,
    HINGES,
    PROBABILITIES,
)
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import Suffering, suffering
from keras_tips.records.facts import LayerFact, OutputFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["loss_task_mismatch"]

# Targets that were scaled to [0, 1] in single or half precision may miss its ends by so much.
ROUNDING = 1e-3
MILD = 0.5  # confidence that it is to blame, of a remark
SURE = 0.05  # share of a sigmoid's outputs within a twentieth of 0 or 1
Check = Callable[[OutputFact, TargetFact, Suffering], Finding | None]
CAUSES = (
    *("targets_not_scaled", "learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units"),
    *("vanishing_gradient", "capacity_too_low", "learning_rate_too_low", "oscillating_loss", "plateau", "saddle_point"),
    *("local_minimum", "undertrained", "data_without_signal"),
)


@rule(stage="setup", explains=CAUSES)
def loss_task_mismatch(run: Run) -> tuple[Finding, ...] | Missing:
    """The loss measures something else than the task asks for.

    What it finds:
        Squared or absolute error between probabilities and classes; class numbers compared with a whole row of outputs;
        cross-entropy or hinge for targets that are no classes; cross-entropy over a single unit; binary
        cross-entropy for a softmax; hinge for probabilities; and accuracy as a metric of numbers, of class numbers above all.

    Why it hurts:
        The gradient of a squared error through softmax or sigmoid vanishes where the output is surely wrong, so learning
        hangs where it should be fastest. A cross-entropy of numbers beyond 0 and 1 has no lowest value. Hinge asks for outputs
        of -1, which no probability is.

    Evidence:
        The loss, the last activation and its width, the metrics, and the values of the training targets. No training.

    Threshold:
        The contracts are exact. Critical where the loss cannot lead to the task: cross-entropy or hinge for numbers, a
        distance between class numbers and several outputs, cross-entropy over one unit. Of the others, warning where training
        suffers, else info; before training a warning for squared error or hinge with softmax, info for the milder ones, and
        for the squared error of one sigmoid of which never a twentieth came near 0 or 1.

    Remedy:
        Cross-entropy for classes, squared or absolute error for numbers.

    False alarms:
        Squared error for numbers, whole ones too, and for autoencoders with a sigmoid output, binary cross-entropy for targets
        anywhere in [0, 1], several labels per row, and hinge with a linear or tanh output are healthy. Custom losses are
        not judged.

    References:
        Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010, section 4.1. Golik,
        Doetsch, Ney: Cross-Entropy vs. Squared Error Training: a Theoretical and Experimental Comparison, 2013.
    """
    if checked_fact(run, "outputs") is None:
        return Missing("needs the outputs of the model")
    pairs = [(output, target) for output, target in paired_outputs(run) if target is not None]
    if not pairs:
        return Missing("needs the training targets")
    state = suffering(run)
    told = ((output, _of_output(output, target, state)) for output, target in pairs)
    findings = [_softened(run, output, found) for output, found in told if found is not None]
    return tuple(findings or _accuracy_of_numbers(run, pairs))


def _of_output(output: OutputFact, target: TargetFact, state: Suffering) -> Finding | None:
    """The first contract that is broken; the later ones would only repeat it."""
    return next((found for check in CHECKS if (found := check(output, target, state)) is not None), None)


def _softened(run: Run, output: OutputFact, found: Finding) -> Finding:
    """A squared error hangs where a sigmoid is surely wrong: one that was never sure of anything lost half of its slope."""
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    paths = [layer["path"] for layer in layers if layer["name"] == output["layer"]]
    sure = [run.values("activation_saturation", path) for path in paths]
    never = len(sure) == 1 and len(sure[0]) > 1 and bool((sure[0] < SURE).all())
    mild = output["loss"] in DISTANCES and output["units"] == 1 and found.severity == "warning"
    return replace(found, severity="info", confidence=MILD) if mild and never else found


def _numbers(target: TargetFact) -> bool:
    """Whether the targets can be neither classes nor a distribution over them."""
    return not target["integer"] and not target["zero_one"] and not target["rows_sum_to_one"] and target["deviation"] > 0


def _one_unit(output: OutputFact, target: TargetFact, state: Suffering) -> Finding | None:
    binary = target["zero_one"]
    activation_to_blame = output["activation"] in (DISTRIBUTIONS if binary else (*DISTRIBUTIONS, *PROBABILITIES))
    if output["loss"] not in CATEGORICAL or output["units"] != 1 or activation_to_blame:
        return None
    what = f"{output['loss']} compares the units of an output with each other, and there is only one"
    what += "; of zeros and ones, binary_crossentropy makes classes" if binary else ""
    tips = ("sigmoid_output",) if binary else ("linear_output",) if _numbers(target) else ("softmax_output",)
    return _made(output, "critical", what + state.ending(certain=True), {"units": 1.0}, tips)


def _entropy_of_numbers(output: OutputFact, target: TargetFact, state: Suffering) -> Finding | None:
    loss, low, high = output["loss"], target["minimum"], target["maximum"]
    severity = "critical"
    if loss in BINARY:
        # Whole numbers with a sigmoid are classes that the activation cannot give, which is told there.
        outside = low < -ROUNDING or high > 1 + ROUNDING
        strange = outside and not (target["integer"] and output["activation"] in PROBABILITIES)
    elif loss in CATEGORICAL and loss != CLASS_NUMBERS:
        strange = _numbers(target) or (target["width"] == 1 and (output["units"] or 0) > 1)
        # Rows of amounts that are never negative may be meant as weights of classes.
        severity = state.severity() if target["width"] > 1 and low >= 0 else "critical"
    else:
        strange = loss in (CLASS_NUMBERS, *HINGES) and _numbers(target)
    if not strange:
        return None
    if target["integer"] and target["width"] == 1 and loss in CATEGORICAL:
        what, tips = f"{loss} needs one-hot rows, and the targets are class numbers", ("softmax_output",)
    else:
        what, tips = f"{loss} is for classes, and the targets are numbers", ("linear_output",)
    evidence, ending = {"minimum": low, "maximum": high}, state.ending(certain=severity == "critical")
    return _made(output, severity, f"{what} from {low:.3g} to {high:.3g}{ending}", evidence, tips)


def _broadcast(output: OutputFact, target: TargetFact, state: Suffering) -> Finding | None:
    units = output["units"] or 0
    if output["loss"] not in (*DISTANCES, *BINARY) or target["width"] != 1 or units < 2:
        return None
    classes = output["activation"] in DISTRIBUTIONS or output["activation"] in PROBABILITIES
    what = f"{output['loss']} compares each of {units} outputs with the same one number per row"
    if classes:
        what += ", the class number" if target["integer"] else ""
    severity = "critical" if classes else state.severity()
    ending = state.ending(certain=classes)
    return _made(output, severity, what + ending, {"units": float(units)}, ("softmax_output",))


def _distance_of_classes(output: OutputFact, target: TargetFact, state: Suffering) -> Finding | None:
    activation = output["activation"]
    rows, binary = target["one_hot"] and target["width"] > 1, target["zero_one"] and target["width"] == 1
    if output["loss"] not in DISTANCES or not (rows or binary) or not target["deviation"] > 0:
        return None
    probabilities = activation in DISTRIBUTIONS or activation in PROBABILITIES
    if rows:
        state = state.by_its_loss()
        severity = state.severity("warning" if probabilities else "info")
        if state.diverged and not probabilities:
            severity = "info"  # least squares are no reason for that: they only follow where something else leads
    else:
        severity = state.severity("info") if probabilities else "info"
    given = f"{activation} outputs" if probabilities else "outputs"
    what = f"{output['loss']} measures a distance between {given} and classes, where cross-entropy is meant for them"
    tips = ("softmax_output" if rows else "sigmoid_output",)
    sure = 0.9 if probabilities else 0.5
    return _made(output, severity, what + state.ending(), {"units": float(output["units"] or 0)}, tips, sure)


def _binary_over_classes(output: OutputFact, target: TargetFact, state: Suffering) -> Finding | None:
    exclusive = target["one_hot"] and target["width"] > 1
    if output["loss"] not in BINARY or output["activation"] not in DISTRIBUTIONS or not exclusive:
        return None
    what = f"{output['loss']} takes each unit of a softmax for a question of its own"
    evidence = {"units": float(output["units"] or 0)}
    return _made(output, state.severity("info"), what + state.ending(), evidence, ("softmax_output",), 0.6)


def _hinge_of_probabilities(output: OutputFact, target: TargetFact, state: Suffering) -> Finding | None:
    if output["loss"] not in HINGES or output["activation"] not in PROBABILITIES:
        return None
    what = f"{output['loss']} wants outputs beyond -1 and 1, and {output['activation']} gives 0 to 1"
    tips = ("softmax_output" if (output["units"] or 0) > 1 else "sigmoid_output",)
    return _made(output, state.severity(), what + state.ending(), {"units": float(output["units"] or 0)}, tips, 0.8)


CHECKS: tuple[Check, ...] = (
    _one_unit,
    _entropy_of_numbers,
    _broadcast,
    _distance_of_classes,
    _binary_over_classes,
    _hinge_of_probabilities,
)


def _accuracy_of_numbers(run: Run, pairs: list[tuple[OutputFact, TargetFact]]) -> list[Finding]:
    metrics = (checked_fact(run, "model") or {}).get("metrics", ())
    if len(pairs) > 1 or not any(name == "acc" or name.endswith("accuracy") for name in metrics):
        return []  # of several outputs, nobody knows which one a metric is for
    for output, target in pairs:
        if output["loss"] in DISTANCES and output["units"] == 1 and _class_numbers(target):
            text = (
                f"{output['loss']} takes the numbers of {target['classes']} classes for amounts, and accuracy counts those "
                "that are met exactly; where classes have no order, give each a unit"
            )
            return [_made(output, "warning", f"{text}.", {"classes": float(target["classes"] or 0)}, ("softmax_output",), 0.6)]
        if output["loss"] in DISTANCES and _numbers(target):
            text = "accuracy counts outputs that equal their target exactly, which says nothing of numbers; use an error."
            return [_made(output, "info", text, {"outputs": 1.0}, (), 0.9)]
    return []


def _class_numbers(target: TargetFact) -> bool:
    """Whether targets are 0, 1, 2, ... without a gap, as numbers of classes are."""
    classes = target["classes"] or 0
    return (
        target["integer"]
        and target["width"] == 1
        and classes > 2
        and (target["minimum"], target["maximum"]) == (0, classes - 1)
    )


def _made(
    output: OutputFact, severity: str, what: str, evidence: dict[str, float], tips: tuple[str, ...], sure: float = 0.9
) -> Finding:
    text = f"The loss of the output {output['name']!r} does not fit its targets: {what}"
    if severity == "info" and not tips:
        text = f"The metric of the output {output['name']!r} does not fit its targets: {what}"
    return Finding("loss_task_mismatch", severity, "setup", text, (), evidence, tips, sure)
