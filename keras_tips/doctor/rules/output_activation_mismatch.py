"""Rule: the last activation cannot produce the targets."""

import math

from keras_tips.doctor.attainment import LACK, gain
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.loss_kinds import BINARY, CATEGORICAL, CLASS_NUMBERS, COMPARING, DISTANCES, DISTRIBUTIONS, PROBABILITIES
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import Suffering, suffering
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import OutputFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["output_activation_mismatch"]

REACH = {  # activation -> smallest and largest value it gives
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "soft_sign": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
    "elu": (-1.0, math.inf),
    "log_softmax": (-math.inf, 0.0),
    "log_sigmoid": (-math.inf, 0.0),
}
# Half a deviation out of reach leaves about 1 % of evenly spread targets' variance unexplained whatever is learned; less is
# rounding or a single stray target.
OUT_OF_REACH = 0.5  # deviations of the targets


# Rows of a distribution add up to 1. Where they do so on average, single ones may still not.
ODD_SUM = 0.1  # distance of the mean sum of a row from 1
CAUSES = (
    *("logits_mismatch", "loss_task_mismatch", "targets_not_scaled", "learning_rate_too_high", "exploding_gradient"),
    *("loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient", "capacity_too_low", "learning_rate_too_low"),
    *("oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained", "data_without_signal"),
)


@rule(stage="setup", explains=CAUSES)
def output_activation_mismatch(run: Run) -> tuple[Finding, ...] | Missing:
    """The last activation cannot produce the targets, so no training can bring the network to them.

    What it finds:
        Softmax on one unit, which is always 1; targets outside the range of relu, sigmoid, tanh or softmax; relu, tanh and
        the like where a cross-entropy expects probabilities; sigmoid units for classes that exclude each other; softmax for
        rows with several labels, or of numbers that do not add up to 1.

    Why it hurts:
        The targets are out of reach. It can hide: on TensorFlow, Keras computes the loss of a softmax or sigmoid output from
        what went into it, so the loss of a softmax on one unit falls as if all were well while every prediction is 1.

    Evidence:
        The last activation and its width, the loss and its `from_logits`, and the values of the training targets. No training.

    Threshold:
        The contracts are exact. Only for targets out of range there is one: half a deviation of the targets beyond the
        range. Critical where the targets cannot be met; warning where only some of them cannot, and for a binary
        cross-entropy of what is no probability. What works after a fashion,
        as sigmoid units with a categorical loss do, is a warning where training suffers or was not seen yet, else info; so
        are those units on TensorFlow, where the loss is that of a softmax and only the predictions do not add up to 1, unless
        the loss was learned and the predictions are worse by 0.15 of what there is to learn.

    Remedy:
        One sigmoid unit for two classes, one softmax unit per class for several, sigmoid units for several labels per row, no
        activation for numbers without bounds. A linear output that lacks its softmax is `logits_mismatch`.

    False alarms:
        Sigmoid for binary or multi-label targets, linear outputs for regression, logits with from_logits=True and ReLU for
        targets that are never negative are healthy. Of custom losses only a softmax on one unit is judged.

    References:
        Nikanjam et al.: Automatic Fault Detection for Deep Learning Programs Using Graph Transformations, 2021.
    """
    if checked_fact(run, "outputs") is None:
        return Missing("needs the outputs of the model")
    backend, state = (checked_fact(run, "model") or {}).get("backend", ""), suffering(run)
    pairs = paired_outputs(run)
    told = [_of_output(output, target, backend, state, _tied(run, output)) for output, target in pairs]
    findings = [finding for finding in told if finding is not None]
    if not findings and all(target is None for _, target in pairs):
        return Missing("needs the training targets")
    return tuple(findings)


def _of_output(output: OutputFact, target: TargetFact | None, backend: str, state: Suffering, tied: bool) -> Finding | None:
    """The first contract that is broken; the later ones would only repeat it."""
    if output["activation"] in DISTRIBUTIONS and output["units"] == 1:
        return _one_unit(output, target)
    if output["softmax_axis"] is not None:
        return _along_another_axis(output, target)
    if output["activation"] not in REACH or output["loss"] is None:
        return None
    finding = _probabilities(output, state) or _exclusive_classes(output, target, backend, state, tied)
    if finding is None and target is not None:
        finding = _several_labels(output, target) or _range(output, target) or _no_distribution(output, target)
    return finding


def _one_unit(output: OutputFact, target: TargetFact | None) -> Finding:
    classes = (target["classes"] or 0) if target is not None else 0
    if output["loss"] in DISTANCES and target is not None and not target["integer"]:
        tips, use = ("linear_output",), "no activation"
    elif output["loss"] in CATEGORICAL and classes != 2:
        tips, use = ("softmax_output",), "one unit per class"
    else:
        tips, use = ("sigmoid_output",), "sigmoid"
    return _made(output, "critical", f"a softmax over one unit is always 1; use {use}", {"units": 1}, tips)


def _along_another_axis(output: OutputFact, target: TargetFact | None) -> Finding | None:
    """Targets that are a distribution over units, and a softmax that is one over places or time steps."""
    axis, units = output["softmax_axis"] or 0, output["units"] or 0
    over_units = target is not None and units > 1 and (output["loss"] == CLASS_NUMBERS or _one_of(target, units))
    if not over_units:
        return None
    what = f"its softmax adds up to 1 along axis {axis}, and not over the {units} units of the last; use axis=-1"
    return _made(output, "critical", what, {"units": float(units), "axis": float(axis)}, ("softmax_output",))


def _one_of(target: TargetFact, units: int) -> bool:
    return target["width"] % units == 0 and (target["one_hot"] or target["rows_sum_to_one"])


def _probabilities(output: OutputFact, state: Suffering) -> Finding | None:
    """A cross-entropy wants probabilities, or logits that can take any value; relu or tanh give neither."""
    activation, loss, width = output["activation"], output["loss"], float(output["units"] or 0)
    if loss not in (*CATEGORICAL, *BINARY) or activation in PROBABILITIES or activation is None:
        return None
    if not output["from_logits"]:
        tips = ("sigmoid_output" if loss in BINARY else "softmax_output",)
        what = f"{loss} expects probabilities, which {activation} does not give"
        # A categorical loss divides by the sum of the units; a binary one cuts them off at 1, and there they learn no more.
        return _made(output, "warning" if loss in BINARY else state.severity(), what, {"units": width}, tips)
    low, high = REACH[activation]
    bounded = math.isfinite(low) or math.isfinite(high) if loss in BINARY else math.isfinite(low) and math.isfinite(high)
    if activation == "relu" or (bounded and activation not in DISTRIBUTIONS):
        what = f"{activation} bounds the logits, and so the probabilities"
        return _made(output, state.severity(), what, {"low": low, "high": high}, ("linear_output",))
    return None


def _tied(run: Run, output: OutputFact) -> bool:
    """Whether the loss was learned and the predictions were not: several sigmoid units that all say 1 are a tie."""
    score, result = last_look(run, "training_score", output["name"]), training_result(run)
    constants = [each["constant"] for each in checked_fact(run, "references") or () if each["name"] == output["name"]]
    if score is None or not constants or result is None or not result.exact:
        return False
    return (1 - result.share) - gain(score, constants[0]) > LACK


def _exclusive_classes(
    output: OutputFact, target: TargetFact | None, backend: str, state: Suffering, tied: bool
) -> Finding | None:
    if output["activation"] not in ("sigmoid", "hard_sigmoid") or output["loss"] not in CATEGORICAL:
        return None
    tips = ("softmax_output",)
    if output["units"] == 1 and target is not None and target["zero_one"]:
        return None  # the output is right for them, and the loss is not
    if output["units"] == 1:
        what = f"{output['loss']} needs a softmax unit per class, and gets one sigmoid"
        return _made(output, "critical", what, {"units": 1}, tips)
    if output["from_logits"]:
        return None
    rescued = backend == "tensorflow" and output["activation"] == "sigmoid"
    what = "sigmoid units are no distribution over classes that exclude each other; use softmax"
    if rescued:
        what += " (this backend trains the logits as softmax does, but predictions do not add up to 1"
        what += ", and here several units say 1 at once)" if tied else ")"
    severity = "warning" if tied else "info" if rescued else state.severity()
    return _made(output, severity, what, {"units": float(output["units"] or 0)}, tips)


def _several_labels(output: OutputFact, target: TargetFact) -> Finding | None:
    units = output["units"] or 0
    several = target["zero_one"] and target["width"] > 1 and not target["one_hot"] and not target["rows_sum_to_one"]
    if output["activation"] not in DISTRIBUTIONS or not several or units < 2 or output["loss"] == CLASS_NUMBERS:
        return None  # class numbers of many positions, as in a segmentation of two classes, are zeros and ones too
    labels = target["mean"] * units
    # With less than one label per row on average, these may be exclusive classes of which some rows have none.
    sure, severity = (0.95, "critical") if labels > 1 else (0.6, "warning")
    what = f"rows have {labels:.2g} labels on average, and softmax gives one; use sigmoid"
    return _made(output, severity, what, {"labels_per_row": labels, "units": units}, ("sigmoid_output",), sure)


def _range(output: OutputFact, target: TargetFact) -> Finding | None:
    if output["loss"] not in COMPARING or output["from_logits"] or not math.isfinite(target["deviation"]):
        return None
    low, high = REACH[str(output["activation"])]
    beyond = max(low - target["minimum"], target["maximum"] - high)
    # Constant targets have no deviation to measure with; any value of theirs is either in reach or not.
    distance = beyond / max(target["deviation"], 1e-6 * abs(target["mean"]), 1e-12)
    if not distance >= OUT_OF_REACH:
        return None
    center, spread = target["mean"], target["deviation"]
    usual = low <= center - spread and center + spread <= high
    span = f"{target['minimum']:.3g} to {target['maximum']:.3g}"
    what = f"{output['activation']} gives {low:g} to {high:g}, and the targets go from {span}"
    evidence = {"minimum": target["minimum"], "maximum": target["maximum"], "deviations_beyond": distance}
    classes = output["loss"] in BINARY and target["integer"] and (target["classes"] or 0) > 2
    if classes:
        what += "; use one softmax unit per class"
    else:
        what += "; use a linear output, or scale the targets into that range"
    tips = ("softmax_output",) if classes else ("linear_output", "scale_targets")
    return _made(output, "warning" if usual else "critical", what, evidence, tips)


def _no_distribution(output: OutputFact, target: TargetFact) -> Finding | None:
    """Several numbers per row that a loss compares with a softmax one by one, and that are no distribution."""
    numbers = target["width"] == output["units"] and not target["integer"] and not target["rows_sum_to_one"]
    if output["activation"] not in ("softmax", "sparsemax") or output["loss"] not in (*DISTANCES, *BINARY) or not numbers:
        return None
    total = target["mean"] * target["width"]
    what = f"the numbers of a row add up to {total:.3g} on average, and those of {output['activation']} to 1 always"
    use, tip = ("sigmoid", "sigmoid_output") if output["loss"] in BINARY else ("a linear output", "linear_output")
    severity, sure = ("critical", 0.95) if abs(total - 1) > ODD_SUM else ("warning", 0.6)
    return _made(output, severity, f"{what}; use {use}", {"row_sum": total}, (tip,), sure)


def _made(
    output: OutputFact, severity: str, what: str, evidence: dict[str, float], tips: tuple[str, ...], sure: float = 0.95
) -> Finding:
    message = f"The output {output['name']!r} cannot produce its targets: {what}."
    return Finding("output_activation_mismatch", severity, "setup", message, (output["layer"],), evidence, tips, sure)
