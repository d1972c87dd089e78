"""Rule: batch normalization's moving statistics far from the batches'."""

import math

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.mode_gaps import SHIFTED, ModeGap, first_shift, mode_gaps
from keras_tips.doctor.mode_losses import ModeLosses, mode_losses
from keras_tips.doctor.rule import rule
from keras_tips.records.facts import FitFact, LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["stale_batch_statistics"]

# Moving variances half as large again, or two thirds, of what the batches have. After 1 / (1 - momentum) steps a third of the
# first value, a 1, is still in them; after three times as many, a twentieth.
RESIZED = 1.25  # size of the outputs in one mode over that in the other
# Of the initial value exp(-3), a twentieth, is left after so many times 1 / (1 - momentum) steps.
WARM = 3.0  # steps x (1 - momentum)
# One row in twenty that training mode gets right and inference does not; less is what a few hundred rows tell by chance.
DROP = 0.05  # score in training mode less that at inference
# A network that is only less sure loses less of its loss than this, however few rows change sides.
UNSURE = 0.2  # loss at inference less that in training mode, over that of a constant prediction


@rule(stage="generalization", explains=("overfitting", "overtraining"))
def stale_batch_statistics(run: Run) -> tuple[Finding, ...] | Missing:
    """Batch normalization normalizes by the batch in training, and at inference by averages that are something else.

    What it finds:
        A network that is good on its training rows in training mode and clearly worse on the same rows at inference, with a
        batch normalization as the first layer whose outputs differ.

    Why it hurts:
        Predictions, and the validation loss with them, come from a network whose layers get inputs of another size than those
        they were trained with.

    Evidence:
        The loss of the same training rows in both modes; per layer, how far means and sizes of its outputs differ between the
        modes; the momentum, and how many steps were taken.

    Threshold:
        All of these: in training mode less than half of a constant prediction's loss; at inference more by at least a tenth
        of it; a batch normalization whose means differ by a quarter of a deviation, or its size by a quarter, where what it
        reads does not. Warning; info where the score of the same rows is worse by less than a twentieth, and the loss by less
        than a fifth of a constant prediction's: then the network is only less sure.

    Remedy:
        A lower momentum, 0.9 in place of 0.99, where there are few steps; more epochs; larger batches.

    False alarms:
        Statistics that lag behind without harm are healthy, as are frozen layers, which use the same statistics in both modes.

    References:
        Ioffe, Szegedy: Batch Normalization, 2015, section 3.1. Ioffe: Batch Renormalization, 2017.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None:
        return Missing("needs the layers")
    if not any(_normalizes(layer) for layer in layers):
        return ()
    losses, gaps = mode_losses(run), mode_gaps(run)
    if losses is None or not gaps:
        return Missing("needs losses and outputs of training rows in training mode and at inference")
    if not (losses.good and losses.inference_suffers):
        return ()
    first = first_shift([gap for gap in gaps if "Dropout" not in gap.layer["kind"]])  # of few rows, it shifts by chance
    stale = [gap for gap in gaps if _normalizes(gap.layer) and _departs(gap)]
    culprit = next((gap for gap in stale if _first(gap)), None)
    # What shifts before the normalization does, such as augmentation, is the cause, and another ailment.
    if culprit is None or (first is not None and gaps.index(first) < gaps.index(culprit)):
        return ()
    return (_finding(run, [culprit, *sorted((g for g in stale if g is not culprit), key=lambda g: -g.shift)], losses),)


def _normalizes(layer: LayerFact) -> bool:
    return "BatchNorm" in layer["kind"]


def _departs(gap: ModeGap) -> bool:
    return gap.shift >= SHIFTED or _resized(gap.gain)


def _first(gap: ModeGap) -> bool:
    """Whether what the layer reads is the same in both modes; dropout changes the size of it, and not the mean."""
    return gap.shift_before < SHIFTED and (gap.shift >= SHIFTED or not _resized(gap.gain_before))


def _resized(size: float) -> bool:
    return size <= 0 or abs(math.log(size)) >= math.log(RESIZED)


def _finding(run: Run, stale: list[ModeGap], losses: ModeLosses) -> Finding:
    worst = stale[0]
    momentum, steps = worst.layer["momentum"], _steps(run)
    few = ""
    evidence = {
        "training_mode_loss": losses.training,
        "inference_loss": losses.inference,
        "mode_shift": worst.shift,
        "mode_gain": worst.gain,
        "layers": len(stale),
    }
    tips = ("faster_statistics", "larger_batch")
    if momentum is not None and steps is not None:
        evidence |= {"momentum": momentum, "steps": steps}
        if steps * (1 - momentum) < WARM:
            few, tips = f"; {steps} steps are few for a momentum of {momentum:g}", ("faster_statistics", "more_epochs")
    message = (
        f"The same training rows cost {losses.training:.3g} in training mode and {losses.inference:.3g} at inference, where "
        f"the outputs of {worst.layer['name']} differ by {worst.shift:.2g} deviations and {worst.gain:.2g} times in size{few}."
    )
    names = tuple(gap.layer["name"] for gap in stale)
    drop = _score_drop(run)
    less_sure = drop is not None and drop < DROP and losses.inference - losses.training < UNSURE * losses.level
    severity = "info" if less_sure else "warning"
    return Finding("stale_batch_statistics", severity, "generalization", message, names, evidence, tips, 0.85)


def _score_drop(run: Run) -> float | None:
    """By how much inference scores worse than training mode on the same rows, at the worst output; None where nobody knows."""
    quantities = ("training_mode_score", "training_score")
    names = run.places(quantities[0]) if quantities[0] in run.quantities else ()
    pairs = [[last_look(run, quantity, name) for quantity in quantities] for name in names]
    drops = [mode - inference for mode, inference in pairs if mode is not None and inference is not None]
    return max(drops, default=None)


def _steps(run: Run) -> int | None:
    fit: FitFact | None = checked_fact(run, "fit")
    epochs = len(run.values("loss", "train"))
    return None if fit is None or fit["steps"] is None else fit["steps"] * epochs
