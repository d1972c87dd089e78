"""Rule: regression targets far outside the scale that the network starts at."""

import math
from dataclasses import dataclass

from keras_tips.doctor.attainment import LACK, attainment
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look, trained
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import NOTHING_LEARNED, training_result
from keras_tips.doctor.went_well import went_well
from keras_tips.records.facts import LayerFact, OutputFact, ReferenceFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["targets_not_scaled"]

# Losses whose gradients, or whose optimum's distance, grow with the unit of the targets. Those of ratios and logarithms do not.
LOSSES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
UNBOUNDED = (None, "linear", "relu", "leaky_relu", "softplus", "elu", "selu", "gelu", "silu", "swish")
# A fresh network gives outputs of about unit size. At ten units, the squared error starts at a hundred times what scaled
# targets would cost, and a weight that moves by the customary 0.001 a step needs ten thousand steps to get there alone.
LARGE = 10.0  # units between the outputs at the start and the targets, root mean square
# A hundred units: ten thousand times the loss, and with squared error a hundred times the gradient. Before a training nobody
# has measured what it does, so only this much is called a loss.
HUGE = 100.0  # the same
# The outputs at the start scatter a hundred times more than the targets. The squared error of resolving them is 0.0001, below
# what the steps of an optimizer stir up.
SMALL = 0.01  # deviation of the targets
TINY = 0.001  # the same, where no training was measured
EXPLAINED = 0.05  # R² of a simple predictor; ridge regression stays closer to 0 where there is nothing
SHIFTING = ("Rescaling", "Normalization", "Lambda", "Multiply", "Divide", "Exp", "Add", "Subtract")  # bring outputs to scale
CAUSES = (
    *("initialization_scale", "learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units"),
    *("saturated_units", "vanishing_gradient", "capacity_too_low", "learning_rate_too_low", "oscillating_loss", "plateau"),
    *("saddle_point", "local_minimum", "undertrained"),
)


@rule(stage="setup", explains=CAUSES)
def targets_not_scaled(run: Run) -> tuple[Finding, ...] | Missing:
    """The targets of a regression lie far outside the scale at which the network starts.

    What it finds:
        Targets ten units and more from what a fresh network gives, or that differ from each other by less than a hundredth,
        under a loss that counts in their unit, in a run that suffers.

    Why it hurts:
        Far targets make the first gradients huge, which kills units or throws the weights away, and then leave a long way to
        go. Targets that hardly differ drown in the noise that the network itself starts with.

    Evidence:
        Mean and deviation of the training targets, the bias of the output layer at the start, and what training came to.

    Threshold:
        Root mean square distance from the starting bias above 10, or a deviation below 0.01. Warning where the training result
        is no better than a constant's, or 0.15 of everything behind what a simple predictor learns; info otherwise. Before
        training a warning from 100 on, and below 0.001.

    Remedy:
        Subtract the mean and divide by the deviation of the training targets, and turn predictions back. Or end the network
        with a layer that does it.

    False alarms:
        Targets of some tens, such as house prices in thousands, train well with patience: then it is a remark. Outputs behind
        a scaling layer, or with a bias that starts at the mean of the targets, are healthy.

    References:
        LeCun, Bottou, Orr, Mueller: Efficient BackProp, 1998, section 4.5.
    """
    pairs = [(output, target) for output, target in paired_outputs(run) if target is not None]
    if not pairs:
        return Missing("needs the outputs of the model and the training targets")
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    by_name = {layer["name"]: layer for layer in layers}
    found = (_finding(run, output, target, by_name.get(output["layer"])) for output, target in pairs)
    return tuple(finding for finding in found if finding is not None)


@dataclass(frozen=True)
class _Scale:
    """Where the targets lie, seen from the start of the network."""

    distance: float  # root mean square, from the bias that the output starts with
    spread: float  # deviation of the targets

    @property
    def far(self) -> bool:
        return self.distance > LARGE

    @property
    def odd(self) -> bool:
        return self.far or 0 < self.spread < SMALL

    @property
    def extreme(self) -> bool:
        return self.distance > HUGE or 0 < self.spread < TINY


def _finding(run: Run, output: OutputFact, target: TargetFact, layer: LayerFact | None) -> Finding | None:
    if output["loss"] not in LOSSES or output["activation"] not in UNBOUNDED or target["one_hot"]:
        return None
    if layer is not None and any(part in layer["kind"] for part in SHIFTING):
        return None
    start = 0.0 if layer is None or layer["bias_mean"] is None else layer["bias_mean"]
    scale = _Scale(math.hypot(target["mean"] - start, target["deviation"]), target["deviation"])
    if not (math.isfinite(scale.distance) and scale.odd):
        return None
    severity, effect, sure = _harm(run, output, scale)
    where = f"from {target['minimum']:.4g} to {target['maximum']:.4g}, mean {target['mean']:.4g}, deviation {scale.spread:.3g}"
    problem = f"lie {scale.distance:.3g} units from where the network starts" if scale.far else "hardly differ from each other"
    message = f"The targets of {output['name']!r} {problem} ({where}){effect}."
    evidence = {"distance": scale.distance, "mean": target["mean"], "deviation": scale.spread, "start": start}
    return Finding("targets_not_scaled", severity, "setup", message, (output["layer"],), evidence, ("scale_targets",), sure)


def _harm(run: Run, output: OutputFact, scale: _Scale) -> tuple[str, str, float]:
    """(severity, end of the sentence, confidence)."""
    if not len(run.values("loss", "train")):
        return ("warning", "", 0.6) if scale.extreme else ("info", "", 0.6)
    if not trained(run):
        return "warning", ", and the training loss was never a finite number", 0.8
    if went_well(run):
        return "info", ", but training went well nonetheless", 0.9
    score, learned, result = last_look(run, "training_score", output["name"]), attainment(run), training_result(run)
    # At inference or while training, whichever is better: what goes wrong between the two is no matter of the targets' scale.
    ways = [] if score is None else [1 - score]
    ways += [result.share] if result is not None and result.exact else []
    left = min(ways, default=None)
    nothing = left is not None and left > NOTHING_LEARNED
    behind = learned is not None and learned.attainable is not None and learned.lack > LACK
    diverged = left is not None and left > 1 + LACK
    # So far off, that something is missing needs no other reason, unless a simple predictor misses it too.
    extreme = scale.extreme and left is not None and left > LACK
    extreme = extreme and (learned is None or learned.attainable is None or learned.lack > LACK / 2)
    if diverged or (nothing and _predictable(run, output)) or behind or extreme:
        told = "" if left is None else f", and training leaves {left:.3g} of their variance unexplained"
        return "warning", told, 0.85
    return "info", "", 0.7


def _predictable(run: Run, output: OutputFact) -> bool:
    """Whether a simple predictor finds something in the inputs, or none was asked: else a constant is all there is to learn."""
    references: list[ReferenceFact] = checked_fact(run, "references") or []
    simple = [
        max(each["linear_held_out"], each["neighbours_held_out"]) for each in references if each["name"] == output["name"]
    ]
    return not simple or simple[0] > EXPLAINED
