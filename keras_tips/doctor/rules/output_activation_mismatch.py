"""Rule: the last activation cannot produce the targets."""

import math

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
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
DISTRIBUTION = ("softmax", "sparsemax", "log_softmax")
PROBABILITY = ("sigmoid", "hard_sigmoid", "softmax", "sparsemax")
CLASS_NUMBERS = "sparse_categorical_crossentropy"  # the loss whose targets are class numbers
CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy", "categorical_focal_crossentropy")
BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
# Losses that compare an output with its target as numbers, so that the targets have to be within reach.
COMPARING = (
    *BINARY,
    *("mean_squared_error", "mean_absolute_error", "mean_squared_logarithmic_error", "mean_absolute_percentage_error"),
    *("huber", "log_cosh", "poisson", "kl_divergence"),
)
# Half a deviation out of reach leaves about 1 % of evenly spread targets' variance unexplained whatever is learned; less is
# rounding or a single stray target.
OUT_OF_REACH = 0.5  # deviations of the targets


@rule(stage="setup", explains=("loss_not_finite", "saturated_units", "dead_units", "plateau", "local_minimum", "undertrained"))
def output_activation_mismatch(run: Run) -> tuple[Finding, ...] | Missing:
    """The last activation cannot produce the targets, so no training can bring the network to them.

    What it finds:
        Softmax on one unit, which is always 1; targets outside the range of relu, sigmoid, tanh or softmax; relu, tanh and
        the like where a cross-entropy expects probabilities; sigmoid units for classes that exclude each other; softmax for
        rows with several labels.

    Why it hurts:
        The targets are out of reach. It can hide: on TensorFlow, Keras computes the loss of a softmax or sigmoid output from
        what went into it, so the loss of a softmax on one unit falls as if all were well while every prediction is 1.

    Evidence:
        The last activation and its width, the loss and its `from_logits`, and the values of the training targets. No training.

    Threshold:
        The contracts are exact. Only for targets out of range there is one: half a deviation of the targets beyond the
        range. Critical where the targets cannot be met; warning where only some of them cannot; info for sigmoid units with
        a categorical loss on TensorFlow, where the loss is that of a softmax and only the predictions do not add up to 1.

    Remedy:
        One sigmoid unit for two classes, one softmax unit per class for several, sigmoid units for several labels per row, no
        activation for numbers without bounds. A linear output that lacks its softmax is `logits_mismatch`.

    False alarms:
        Sigmoid for binary or multi-label targets, linear outputs for regression, logits with from_logits=True and ReLU for
        targets that are never negative are healthy. Of custom losses only a softmax on one unit is judged. None of 40
        healthy programs was flagged.

    References:
        Nikanjam et al.: Automatic Fault Detection for Deep Learning Programs Using Graph Transformations, 2021.
    """
    if checked_fact(run, "outputs") is None:
        return Missing("needs the outputs of the model")
    backend = (checked_fact(run, "model") or {}).get("backend", "")
    pairs = paired_outputs(run)
    findings = [finding for output, target in pairs if (finding := _of_output(output, target, backend)) is not None]
    if not findings and all(target is None for _, target in pairs):
        return Missing("needs the training targets")
    return tuple(findings)


def _of_output(output: OutputFact, target: TargetFact | None, backend: str) -> Finding | None:
    """The first contract that is broken; the later ones would only repeat it."""
    if output["activation"] in DISTRIBUTION and output["units"] == 1:
        return _made(output, "critical", "a softmax over one unit is always 1; use sigmoid", {"units": 1})
    if output["activation"] not in REACH or output["loss"] is None:
        return None
    finding = _probabilities(output) or _exclusive_classes(output, backend)
    if finding is None and target is not None:
        finding = _several_labels(output, target) or _range(output, target)
    return finding


def _probabilities(output: OutputFact) -> Finding | None:
    """A cross-entropy wants probabilities, or logits that can take any value; relu or tanh give neither."""
    activation, loss, width = output["activation"], output["loss"], float(output["units"] or 0)
    if loss not in (*CATEGORICAL, *BINARY) or activation in PROBABILITY or activation is None:
        return None
    if not output["from_logits"]:
        return _made(output, "warning", f"{loss} expects probabilities, which {activation} does not give", {"units": width})
    low, high = REACH[activation]
    bounded = math.isfinite(low) or math.isfinite(high) if loss in BINARY else math.isfinite(low) and math.isfinite(high)
    if activation == "relu" or (bounded and activation not in DISTRIBUTION):
        return _made(output, "warning", f"{activation} bounds the logits, and so the probabilities", {"low": low, "high": high})
    return None


def _exclusive_classes(output: OutputFact, backend: str) -> Finding | None:
    if output["activation"] not in ("sigmoid", "hard_sigmoid") or output["loss"] not in CATEGORICAL or output["from_logits"]:
        return None
    if output["units"] == 1:
        return _made(output, "critical", f"{output['loss']} needs a softmax unit per class, and gets one sigmoid", {"units": 1})
    rescued = backend == "tensorflow" and output["activation"] == "sigmoid"
    what = "sigmoid units are no distribution over classes that exclude each other; use softmax"
    if rescued:
        what += " (this backend trains the logits as softmax does, but predictions do not add up to 1)"
    return _made(output, "info" if rescued else "warning", what, {"units": float(output["units"] or 0)})


def _several_labels(output: OutputFact, target: TargetFact) -> Finding | None:
    units = output["units"] or 0
    several = target["zero_one"] and target["width"] > 1 and not target["one_hot"] and not target["rows_sum_to_one"]
    if output["activation"] not in DISTRIBUTION or not several or units < 2 or output["loss"] == CLASS_NUMBERS:
        return None  # class numbers of many positions, as in a segmentation of two classes, are zeros and ones too
    labels = target["mean"] * units
    # With less than one label per row on average, these may be exclusive classes of which some rows have none.
    sure, severity = (0.95, "critical") if labels > 1 else (0.6, "warning")
    what = f"rows have {labels:.2g} labels on average, and softmax gives one; use sigmoid"
    return _made(output, severity, what, {"labels_per_row": labels, "units": units}, sure)


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
    what += "; use a linear output, or scale the targets into that range"
    return _made(output, "warning" if usual else "critical", what, evidence)


def _made(output: OutputFact, severity: str, what: str, evidence: dict[str, float], sure: float = 0.95) -> Finding:
    message = f"The output {output['name']!r} cannot produce its targets: {what}."
    return Finding("output_activation_mismatch", severity, "setup", message, (output["layer"],), evidence, (), sure)
