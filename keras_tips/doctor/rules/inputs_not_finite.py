"""Rule: NaN or infinity in inputs or targets."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import NOTHING_LEARNED, training_result
from keras_tips.records.facts import InputFact, LayerFact, OutputFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["inputs_not_finite"]

SIDES = {"inputs": "training inputs", "targets": "training targets"}
OTHER_SIDES = {"validation_inputs": "validation inputs", "validation_targets": "validation targets"}
# Layers that may replace such numbers before they reach a weight.
CLEANING = ("NanToNum", "Where", "Isnan", "IsNan", "Isfinite", "IsFinite", "Lambda", "Lookup", "Discretization")
EVERYTHING_AFTER = (
    *("labels_corrupt", "inputs_not_scaled", "targets_not_scaled", "initialization_scale", "train_validation_shift"),
    *("over_regularized", "dropout_scaling_mismatch", "dropout_too_high", "learning_rate_too_high", "exploding_gradient"),
    *("loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient", "depth_degradation", "capacity_too_low"),
    *("learning_rate_too_low", "oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained"),
    *("data_without_signal", "stale_batch_statistics", "augmentation_shift", "overfitting", "overtraining"),
)


@rule(stage="setup", explains=EVERYTHING_AFTER)
def inputs_not_finite(run: Run) -> tuple[Finding, ...] | Missing:
    """Inputs or targets hold NaN or infinity.

    What it finds:
        Entries that are no numbers, in the inputs or targets of training and validation rows.

    Why it hurts:
        One NaN makes the output, the loss and every gradient of its batch NaN, and one such step makes all weights NaN for
        good. It can hide: a ReLU on a CPU turns NaN into 0, so the loss may stay at ln C while the first kernel is all NaN.

    Evidence:
        How many entries are not finite among the rows that were looked at. Whether the weights and the loss stayed finite.

    Threshold:
        None: a number is finite or it is not. Critical in training rows, unless the run shows that the network copes: then
        info where it learned, and a warning where it learned nothing. Warning in validation rows alone, where
        weights stay whole and only the judgement is spoiled.

    Remedy:
        Find out where they come from (empty cells, a division by a deviation of 0, a logarithm of 0). Drop those rows, or fill
        them with the middle value of the feature in the training rows and add a column that says so.

    False alarms:
        Networks that replace such entries themselves, and losses that leave them out, are healthy: after a training in which
        loss and weights stayed finite this is a remark. Before training, a layer that may replace them makes it one too.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 4.1 (overflow and underflow).
    """
    known = {name: checked_fact(run, name) for name in (*SIDES, *OTHER_SIDES)}
    if known["inputs"] is None and known["targets"] is None:
        return Missing("needs the training inputs or targets")
    counts = {name: _count(facts) for name, facts in known.items() if facts is not None}
    if not any(counts.values()):
        return ()
    training = any(counts.get(name) for name in SIDES)
    severity, fate = _judged(run, counts) if training else _judged_validation(run)
    places = [f"{counts[name]:,} in the {words}" for name, words in (SIDES | OTHER_SIDES).items() if counts.get(name)]
    rows = max((fact["rows"] for facts in known.values() for fact in facts or ()), default=0)
    share = max((_share(facts) for facts in known.values() if facts), default=0.0)
    message = (
        f"Numbers that are NaN or infinite: {', '.join(places)}, among {rows:,} rows looked at (at worst {share:.2g} of them)"
    )
    evidence = {f"in_{name}": float(count) for name, count in counts.items()} | {"rows": float(rows), "largest_share": share}
    sure = 0.99 if severity == "critical" else 0.8
    message = f"{message}{fate}."
    return (Finding("inputs_not_finite", severity, "setup", message, (), evidence, ("repair_data",), sure),)


def _count(facts: Sequence[InputFact | TargetFact]) -> int:
    return sum(max(0, fact["non_finite"]) for fact in facts)


def _share(facts: Sequence[InputFact | TargetFact]) -> float:
    """Share of the entries of one array that are not finite, the largest of several."""
    return max((fact["non_finite"] / max(1, fact["rows"] * _width(fact)) for fact in facts), default=0.0)


def _width(fact: Mapping[str, Any]) -> int:
    return int(math.prod(fact["shape"]) if "shape" in fact else fact["width"])


def _judged(run: Run, counts: dict[str, int]) -> tuple[str, str]:
    """(severity, end of the sentence) for entries in training rows."""
    survived = _survived(run)
    if survived:
        result = training_result(run)
        if result is not None and result.share > NOTHING_LEARNED:
            return "warning", "; loss and weights stayed finite, but nothing was learned"
        return "info", "; the network copes with them: loss and weights stayed finite"
    if survived is None and (_own_losses(run) if not counts.get("inputs") else _cleaned(run)):
        return "info", "; a layer or a loss of your own may replace them"
    return "critical", "; one of them makes the loss and then all weights NaN"


def _judged_validation(run: Run) -> tuple[str, str]:
    losses = run.values("loss", "validation")
    whole = bool(len(losses)) and bool(np.isfinite(losses).all())
    if _cleaned(run) and whole:
        return "info", "; a layer may replace them, as the validation loss is finite"
    return "warning", "; what validation says of these rows means nothing"


def _survived(run: Run) -> bool | None:
    """Whether loss and weights were finite to the end of a training; None where that was not seen."""
    losses = run.values("loss", "train")
    if not len(losses):
        return None
    if not np.isfinite(losses[-1]):
        return False
    places = run.places("weight_norm") if "weight_norm" in run.quantities else ()
    norms = [run.values("weight_norm", place)[-1] for place in places]
    return bool(np.isfinite(norms).all()) if norms else None


def _cleaned(run: Run) -> bool:
    """Whether something in front of the first weights may replace them."""
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    first = next((number for number, layer in enumerate(layers) if layer["parameters"]), len(layers))
    return any(part in layer["kind"] for layer in layers[: first + 1] for part in CLEANING)


def _own_losses(run: Run) -> bool:
    """Whether a loss is one that Keras does not know, which may leave such targets out."""
    outputs: list[OutputFact] = checked_fact(run, "outputs") or []
    known = ("crossentropy", "error", "huber", "log_cosh", "hinge", "poisson", "kl_divergence", "cosine", "focal")
    return any(output["loss"] is None or not any(part in output["loss"] for part in known) for output in outputs)
