"""Rule: training inputs moved away from validation inputs by augmentation."""

import math

from keras_tips.doctor.attainment import attainment
from keras_tips.doctor.augments import augments
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.missing_signal import MissingSignal, missing_signal
from keras_tips.doctor.mode_gaps import ModeGap, mode_gaps
from keras_tips.doctor.mode_losses import ModeLosses, mode_losses
from keras_tips.doctor.rule import rule
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["augmentation_shift"]

# A tenth of a deviation, or of the size. Below it, what comes out is hardly another picture on average, and the loss that
# differs is not its doing.
MOVED = 0.1  # deviations between means, or logarithm of the sizes' ratio
# Half of what the network knows of clean rows is gone in the augmented ones.
DROWNED = 0.5  # share of what is learned
# Rows that are three times as large as they were, or as small, or whose mean has moved by more than they differ among each
# other: nine tenths of what the network sees in training are the augmentation's, so that it may learn nothing at all.
FLOODED = (1.0, math.log(3.0))  # deviations between means, and logarithm of the sizes' ratio


@rule(
    stage="generalization", explains=("plateau", "saddle_point", "local_minimum", "undertrained", "overfitting", "overtraining")
)
def augmentation_shift(run: Run) -> tuple[Finding, ...] | Missing:
    """Augmentation turns the training inputs into something that validation and later use never look like.

    What it finds:
        An augmenting layer at the input behind which training rows differ from what they are at inference, and a network that
        is good at the augmented rows and clearly worse at the same rows as they are.

    Why it hurts:
        The network learns another task than the one it is used for.

    Evidence:
        The loss of the same training rows with augmentation and without; how far the augmenting layers move the means and the
        size of what passes them.

    Threshold:
        In training mode less than half of a constant prediction's loss; at inference more by at least a tenth of it; and an
        augmenting layer before the first weights that moves means or size by a tenth. Or noise that drowns half of what the
        network knows, in a training that is bad, or means moved by a deviation or the size by three times, where training
        learned nothing: these two hold up training itself, and are told at that step. So is what happens before the network:
        rows that are others in each epoch and tell nothing of their targets, where validation rows do. Warning. Info where
        training with augmentation is bad while a simple predictor, which sees rows as they are, does better: flips of letters
        or arrows change what they mean. Where nothing else is to blame, that is a warning.

    Remedy:
        Weaker augmentation, that leaves some rows as they are; the same preprocessing for training and validation.

    False alarms:
        Flips, crops, shifts and small rotations make training rows harder than clean ones: then the loss at inference is the
        lower one, and all is well.

    References:
        Shorten, Khoshgoftaar: A survey on Image Data Augmentation for Deep Learning, 2019. Touvron, Vedaldi, Douze, Jegou:
        Fixing the train-test resolution discrepancy, 2019.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None:
        return Missing("needs the layers")
    if not any(augments(layer) for layer in layers):
        missing = missing_signal(run)
        return (_destroyed(missing),) if missing is not None and missing.of_augmentation else ()
    losses, gaps = mode_losses(run), _at_the_input(mode_gaps(run))
    if losses is None or not gaps:
        return Missing("needs losses and outputs of training rows in training mode and at inference")
    moved = [gap for gap in gaps if augments(gap.layer) and _distance(gap) >= MOVED]
    elsewhere = losses.good and losses.inference_suffers
    learned = attainment(run)
    drowned = learned is not None and learned.poor and (losses.noise or 0.0) >= DROWNED
    flooded = losses.nothing and any(gap.shift >= FLOODED[0] or _resized(gap) >= FLOODED[1] for gap in moved)
    if moved and (elsewhere or drowned or flooded):
        return (_finding(moved, losses, "generalization" if elsewhere else "training"),)
    acting = [gap for gap in gaps if augments(gap.layer)]  # flips change neither mean nor size
    behind = learned is not None and learned.poor and learned.attainable is not None
    return (_suspicion(acting, str(learned)),) if acting and behind else ()


def _at_the_input(gaps: list[ModeGap]) -> list[ModeGap]:
    """Those before the first weights that training changes."""
    ends = [number for number, gap in enumerate(gaps) if gap.layer["variables"]]
    return gaps[: ends[0]] if ends else gaps


def _distance(gap: ModeGap) -> float:
    """How far the layer moves means or size; 0 where it hands on what it reads."""
    return 0.0 if gap.idle else max(gap.shift, _resized(gap))


def _resized(gap: ModeGap) -> float:
    return abs(math.log(gap.own_gain)) if 0 < gap.own_gain < math.inf else math.inf


def _destroyed(missing: MissingSignal) -> Finding:
    message = (
        f"Training rows, which are others in each epoch, tell nothing of the targets of {missing.output!r}, as if augmentation "
        f"took it away: {missing.words}."
    )
    tips = ("weaker_augmentation", "repair_data")
    return Finding("augmentation_shift", "warning", "training", message, (), missing.evidence, tips, 0.7)


def _suspicion(acting: list[ModeGap], learned: str) -> Finding:
    names = tuple(gap.layer["name"] for gap in acting)
    message = f"{', '.join(names)} may change what the rows mean, as a flip does that turns one class into another; {learned}."
    evidence = {"layers": float(len(names))}
    return Finding("augmentation_shift", "info", "generalization", message, names, evidence, ("weaker_augmentation",), 0.6)


def _finding(moved: list[ModeGap], losses: ModeLosses, stage: str) -> Finding:
    ordered = sorted(moved, key=lambda gap: -_distance(gap))
    worst = ordered[0]
    message = (
        f"The same training rows cost {losses.training:.3g} with augmentation and {losses.inference:.3g} without: "
        f"{worst.layer['name']} moves the means of its inputs by {worst.shift:.2g} deviations and their size by "
        f"{worst.own_gain:.2g} times."
    )
    evidence = {
        "training_mode_loss": losses.training,
        "inference_loss": losses.inference,
        "mode_shift": worst.shift,
        "mode_gain": worst.own_gain,
    }
    names = tuple(gap.layer["name"] for gap in ordered)
    tips = ("weaker_augmentation", "same_preprocessing")
    return Finding("augmentation_shift", "warning", stage, message, names, evidence, tips, 0.85)
