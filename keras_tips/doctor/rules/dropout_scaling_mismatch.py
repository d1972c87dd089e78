"""Rule: the expected output with dropout differs from the output without."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.mode_gaps import SHIFTED, ModeGap, mode_gaps
from keras_tips.doctor.mode_losses import mode_losses
from keras_tips.doctor.rule import rule
from keras_tips.records.dropout_scaling import NO_FAULT
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["dropout_scaling_mismatch"]

# With the share p dropped and the rest scaled by s, the root mean square of the outputs is s * sqrt(1 - p) of the inputs', so
# the power of 1 - p in it tells how they were scaled. Right: s = 1 / (1 - p), or the same at inference, and the power is -1/2.
RIGHT, UNSCALED, SAME, TWICE = -0.5, 0.5, 0.0, -1.5  # powers of 1 - p
APART = 0.25  # half of the way to the nearest wrong power
# Below this rate, right and wrong differ by less than a few hundred rows can tell, and less than any training minds.
SMALLEST_RATE = 0.1  # share of values dropped
# How well a root mean square is known: with n values, of which the share p is dropped, and a heavy tail, the logarithm has an
# error of sqrt(TAIL * p / (1 - p) / n) / 2.
TAIL = 5.0  # mean fourth power over the squared mean square; 3 for a normal distribution
ERRORS = 5.0  # of these errors have to lie between right and wrong
ROWS = 512  # of a look, at most
DROPS = ("Dropout", "DropPath", "StochasticDepth")
# It keeps mean and variance by setting values to a number other than 0, so the powers above are not those of its outputs.
KEEPS_VARIANCE = ("AlphaDropout",)
NAMES = {UNSCALED: "it does not scale what it keeps", TWICE: "it scales what it keeps twice"}


@rule(stage="training", explains=("plateau", "undertrained", "stale_batch_statistics", "overfitting", "overtraining"))
def dropout_scaling_mismatch(run: Run) -> tuple[Finding, ...] | Missing:
    """What a dropout layer hands on in training has another mean than what it hands on at inference.

    What it finds:
        Dropout that does not scale the values it keeps, or scales them twice; that drops at inference too; that never drops.

    Why it hurts:
        The layers behind learn from inputs of one size and predict from another. Dropout at inference makes predictions
        random, and dropout that never drops regularizes nothing.

    Evidence:
        Per dropout layer, the root mean square of its outputs in training mode over that at inference, with that of its inputs
        divided out; and, where it was run, what `DropoutScalingCheck` found.

    Threshold:
        Right scaling takes the root mean square up by 1 / sqrt(1 - p). A result that is nearer to another power of 1 - p is a
        mismatch, from p = 0.1 on. Warning. Dropout that never drops is a warning too, but info in a model in which other
        dropout layers do, and nothing where the layer is frozen. Of dropout whose rate nobody knows: means that it moves by a
        quarter of a deviation, and a network that is good in training mode and clearly worse at inference. Warning.

    Remedy:
        Divide by 1 - p in training, or multiply by it at inference, not both and not neither; pass `training` on to the
        layer, and do not write `training=True` or `training=False` in the code.

    False alarms:
        Frozen models are called with `training=False` on purpose. Monte Carlo dropout drops at inference on purpose: it is
        named here, since its single predictions are random.

    References:
        Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout, 2014, section 10. Gal, Ghahramani: Dropout as a
        Bayesian Approximation, 2016.
    """
    checked = _checked(run)
    if checked is not None:
        return checked
    rows = min((fact["rows"] for fact in checked_fact(run, "inputs") or ()), default=ROWS)
    gaps = [gap for gap in mode_gaps(run) if _drops(gap)]
    moving = _moves_means(run)
    if moving is not None:
        return (moving,)
    if not gaps:
        return () if "mode_gain" in run.quantities else Missing("needs the outputs of layers in training mode and at inference")
    idle = [gap for gap in gaps if gap.idle and gap.gain > 0 and len(gap.layer["inbound"]) < 2 and not _silent(run, gap)]
    wrong = [
        (gap, power) for gap in gaps if not gap.idle and _well_known(gap, rows) for power in [_power(gap)] if power != RIGHT
    ]
    findings = []
    if wrong:
        findings.append(_mismatch(wrong))
    if idle:
        findings.append(_never_active(idle, len(gaps)))
    return tuple(findings)


def _moves_means(run: Run) -> Finding | None:
    """Dropout of somebody's own, of which nobody knows the rate: whatever it is, means have to stay where they were."""
    losses = mode_losses(run)
    if losses is None or not (losses.good and losses.inference_suffers):
        return None
    own = [gap for gap in mode_gaps(run) if gap.layer["rate"] is None and any(part in gap.layer["kind"] for part in DROPS)]
    gap = next((gap for gap in own if gap.known and gap.shift >= SHIFTED > gap.shift_before), None)
    if gap is None:
        return None
    name = gap.layer["name"]
    message = (
        f"{name} moves the means of what it hands on by {gap.shift:.2g} deviations in training, and their size by "
        f"{gap.own_gain:.2g} times, where dropout leaves means as they are: the same training rows cost {losses.training:.3g} "
        f"in training mode and {losses.inference:.3g} at inference."
    )
    evidence = {"gain": gap.own_gain, "mode_shift": gap.shift, "training_mode_loss": losses.training}
    evidence["inference_loss"] = losses.inference
    return Finding("dropout_scaling_mismatch", "warning", "training", message, (name,), evidence, ("repair_dropout",), 0.8)


def _silent(run: Run, gap: ModeGap) -> bool:
    """Whether nothing comes through, as behind dead units: of zeros nobody sees which were dropped."""
    looks = [last_look(run, quantity, gap.layer["path"]) for quantity in ("activation_mean", "activation_deviation")]
    return looks == [0.0, 0.0]


def _drops(gap: ModeGap) -> bool:
    layer = gap.layer
    known = any(part in layer["kind"] for part in DROPS)
    return known and layer["trainable"] and SMALLEST_RATE <= (layer["rate"] or 0.0) < 1


def _well_known(gap: ModeGap, rows: int) -> bool:
    """Whether enough values were seen to tell right scaling from wrong."""
    rate, whole_rows = gap.layer["rate"] or 0.0, "Dropout" not in gap.layer["kind"]
    count = min(rows, ROWS) * (1 if whole_rows else gap.layer["units"] or 1)
    error = math.sqrt(TAIL * rate / (1 - rate) / max(1, count)) / 2
    return ERRORS * error <= -APART * math.log(1 - rate)


def _power(gap: ModeGap) -> float:
    """The power of 1 - p that the outputs of training have over those of inference, as one of the known ones."""
    several_calls = len(gap.layer["inbound"]) > 1  # of which one was measured
    if several_calls or any(part in gap.layer["kind"] for part in KEEPS_VARIANCE) or not 0 < gap.own_gain < math.inf:
        return RIGHT
    power = math.log(gap.own_gain) / math.log(1 - (gap.layer["rate"] or 0.0))
    nearest = min((RIGHT, UNSCALED, SAME, TWICE), key=lambda known: abs(power - known))
    # Dropout before this layer makes its outputs larger in training, never smaller.
    return nearest if gap.known or nearest == UNSCALED else RIGHT


def _mismatch(wrong: list[tuple[ModeGap, float]]) -> Finding:
    (gap, power), layer = wrong[0], wrong[0][0].layer
    rate = layer["rate"] or 0.0
    right = (1 - rate) ** RIGHT
    what = NAMES.get(power, "as if it dropped at inference too, or not by its rate")
    message = (
        f"{layer['name']} with a rate of {rate:g} makes its outputs {gap.own_gain:.2f} times as large in training as at "
        f"inference, where right scaling makes it {right:.2f}: {what}."
    )
    evidence = {"gain": gap.own_gain, "right_gain": right, "rate": rate, "layers": len(wrong)}
    names = tuple(found.layer["name"] for found, _ in wrong)
    sure = 0.9 if power != SAME else 0.8
    return Finding("dropout_scaling_mismatch", "warning", "training", message, names, evidence, ("repair_dropout",), sure)


def _never_active(idle: list[ModeGap], layers: int) -> Finding:
    worst = max(idle, key=lambda gap: gap.layer["rate"] or 0.0)
    message = (
        f"{worst.layer['name']} with a rate of {worst.layer['rate']:g} drops nothing in training: its outputs are the same as "
        f"at inference ({len(idle)} of {layers} dropout layers)."
    )
    evidence = {"rate": worst.layer["rate"] or 0.0, "idle": len(idle), "layers": layers}
    names = tuple(gap.layer["name"] for gap in sorted(idle, key=lambda gap: -(gap.layer["rate"] or 0.0)))
    severity = "warning" if len(idle) == layers else "info"
    return Finding("dropout_scaling_mismatch", severity, "training", message, names, evidence, ("repair_dropout",), 0.8)


def _checked(run: Run) -> tuple[Finding, ...] | None:
    """What `DropoutScalingCheck` wrote down, which knows each mask; None where it did not run."""
    fact = run.fact("dropout")
    entries = fact.get("layers") if isinstance(fact, Mapping) else None
    if not isinstance(entries, Sequence) or not all(isinstance(entry, Mapping) for entry in entries):
        return None
    ailing = [entry for entry in entries if isinstance(entry.get("verdict"), str) and entry["verdict"] not in NO_FAULT]
    if not ailing:
        return () if entries else None
    worst = ailing[0]
    names = tuple(str(entry.get("place", "")).rsplit("/", 1)[-1].split(":")[0] for entry in ailing)
    message = f"Dropout layer {worst.get('place', '')}: {worst.get('message', worst['verdict'])}."
    evidence = {key: float(worst[key]) for key in ("ratio", "expected", "rate", "dropped") if _number(worst.get(key))}
    return (Finding("dropout_scaling_mismatch", "warning", "training", message, names, evidence, ("repair_dropout",), 0.95),)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
