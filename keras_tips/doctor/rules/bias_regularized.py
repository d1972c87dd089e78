"""Rule: a penalty on a bias."""

import math

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["bias_regularized"]

# The penalty costs as much as a tenth of all there is to learn: then the weights are chosen for the penalty as well.
COSTLY = 0.1  # penalty of these layers over the loss of a constant prediction, or over the loss where that is not known
# A bias of the last layer stands for the mean of the targets. Where that is a deviation or more away from zero, keeping the
# bias small costs at least as much as predicting nothing at all.
OFFSET = 1.0  # |mean| of the targets over their deviation


@rule(stage="setup", explains=("over_regularized", "targets_not_scaled", "capacity_too_low", "plateau", "undertrained"))
def bias_regularized(run: Run) -> tuple[Finding, ...] | Missing:
    """A regularizer pulls at a bias.

    What it finds:
        Layers whose bias has a penalty.

    Why it hurts:
        A bias only shifts what its unit gives. It does not make the function rougher and hardly overfits, so its penalty buys
        nothing; it keeps the network from meeting the mean of the targets, and units from moving their thresholds.

    Evidence:
        Which weights of each layer have a regularizer, what the penalties of these layers add to the loss, and how far the
        mean of the targets lies from zero.

    Threshold:
        Info by itself. Warning where training suffers, the penalty of these layers is a tenth of a constant prediction's loss
        or more, and it must come from the bias: the kernel has none, or the targets' mean is a deviation or more from zero.

    Remedy:
        Penalize kernels only.

    False alarms:
        A weak penalty on biases does next to nothing, and is only told.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 7.1.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None:
        return Missing("needs the layers")
    blamed = [layer for layer in layers if "bias" in layer["regularized"]]
    return (_finding(run, blamed),) if blamed else ()


def _finding(run: Run, blamed: list[LayerFact]) -> Finding:
    blamed = sorted(blamed, key=lambda layer: -_penalty(run, layer))
    penalty = sum(_penalty(run, layer) for layer in blamed)
    share = penalty / _reference(run)
    offset = _offset(run) if any(layer["output"] for layer in blamed) else 0.0
    alone = all("kernel" not in layer["regularized"] for layer in blamed)
    state = suffering(run)
    harmful = bool(state.poor) and share >= COSTLY and (alone or offset >= OFFSET)
    text = f"A penalty pulls at the bias of {blamed[0]['name']}"
    if len(blamed) > 1:
        text += f" and {len(blamed) - 1} more"
    if share > 0:
        text += f", where penalties cost {penalty:.2g}, {share:.1%} of a constant prediction's loss"
    if offset >= OFFSET:
        text += f", and the targets' mean is {offset:.1f} deviations from zero"
    text += state.ending() if harmful else "; biases need none."
    evidence = {"layers": float(len(blamed)), "penalty": penalty, "penalty_share": share, "offset": offset}
    names = tuple(layer["name"] for layer in blamed)
    severity, sure = ("warning", 0.8) if harmful else ("info", 0.9)
    return Finding("bias_regularized", severity, "setup", text, names, evidence, ("no_bias_penalty", "weaker_penalty"), sure)


def _penalty(run: Run, layer: LayerFact) -> float:
    return max(0.0, last_look(run, "penalty", layer["path"]) or 0.0)


def _reference(run: Run) -> float:
    """Loss of a constant prediction, or the logged loss where that is not known."""
    losses = run.values("loss", "train")
    known = reference_loss(run) or (abs(float(losses[-1])) if len(losses) else math.nan)
    return known if known > 0 else math.inf


def _offset(run: Run) -> float:
    """How many deviations the mean of number targets lies from zero, the largest of all outputs; 0 for classes."""
    targets = [target for _, target in paired_outputs(run) if target is not None]
    numbers = [target for target in targets if not target["zero_one"] and not target["one_hot"] and target["deviation"] > 0]
    offsets = [abs(target["mean"]) / target["deviation"] for target in numbers]
    return max((offset for offset in offsets if math.isfinite(offset)), default=0.0)
