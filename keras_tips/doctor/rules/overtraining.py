"""Rule: the best epoch is long past and its weights are not kept."""

import math

import numpy as np

from keras_tips.doctor.attainment import attainment, gain
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.mode_losses import mode_losses
from keras_tips.doctor.rule import rule
from keras_tips.doctor.score_gap import score_gap
from keras_tips.doctor.training_result import training_result
from keras_tips.doctor.validation_turn import RISE, ValidationTurn, validation_turn
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["overtraining"]

# Where more than half of the epochs came after the best one, the training cost twice what it had to.
LONG = 0.5  # share of the epochs behind the best one
FEWEST = 5  # epochs behind the best one; fewer are what early stopping waits for anyway
# A third of the rise that counts as harm: worth to be told, as half of the training was for nothing.
SLIGHT = RISE / 3  # share of the constant predictor's loss
FELL = 0.1  # score of validation rows at its best less that at the end, as a share of what there is to learn
GAP = 0.1  # score of training rows less that of validation rows, as a share of what there is to learn


@rule(stage="generalization")
def overtraining(run: Run) -> tuple[Finding, ...] | Missing:
    """Training went on long after the epoch that was best on validation data, and that epoch's weights are lost.

    What it finds:
        A best validation epoch in the first half of the run, a validation loss that rose since, and weights that are those of
        the last epoch.

    Why it hurts:
        The later epochs cost time and made the network worse.

    Evidence:
        Training and validation loss per epoch, smoothed over 3 epochs; the loss of validation rows when `fit` ended, which
        tells whether the best weights were put back; whether the run was stopped.

    Threshold:
        The best epoch lies in the first half of the run and 5 epochs back or more; the validation loss rose since by three
        times the noise between epochs. Warning from a tenth of the constant predictor's loss on, or where the score of
        validation rows has fallen by a tenth of what there is to learn since an earlier look. Info from a thirtieth on, where
        early stopping ended the run or the best weights were put back, and where training and validation scores differ by less
        than a tenth of what there is to learn.

    Remedy:
        Early stopping that restores the best weights.

    False alarms:
        A long flat end is healthy. Nothing is said where training itself is bad: there the validation loss tells nothing yet.

    References:
        Prechelt: Early Stopping - But When?, 1998.
    """
    turn = validation_turn(run)
    if isinstance(turn, Missing):
        return turn
    result, learned, losses = training_result(run), attainment(run), mode_losses(run)
    if result is None or (learned is not None and learned.poor) or (losses is not None and losses.inference_suffers):
        return ()
    rise = (turn.last - turn.best) / result.reference
    if not (turn.clear and turn.past >= LONG and turn.epochs - turn.epoch >= FEWEST and rise >= SLIGHT):
        return ()
    gap, stopped = score_gap(run), run.status == "stopped"
    harmless = stopped or _restored(run, turn) or (gap is not None and gap < GAP) or not result.exact
    fell = _score_fell(run)
    severity = "warning" if (rise >= RISE or fell >= FELL) and not harmless else "info"
    message = (
        f"The best epoch was {turn.epoch} of {turn.epochs}: the validation loss was {turn.best:.3g} then, and is "
        f"{turn.last:.3g} at the end{'; the run was stopped there' if stopped else ''}."
    )
    evidence = {
        "best_epoch": turn.epoch,
        "epochs": turn.epochs,
        "best_validation_loss": turn.best,
        "last_validation_loss": turn.last,
        "rise": rise,
    }
    sure = 0.5 + 0.4 * min(1.0, rise / (4 * RISE))
    return (Finding("overtraining", severity, "generalization", message, (), evidence, ("early_stopping",), sure),)


def _score_fell(run: Run) -> float:
    """By how much validation rows were answered better at an earlier look, of the output where it is most."""
    constants = {reference["name"]: reference["constant_validation"] for reference in checked_fact(run, "references") or ()}
    falls = []
    for output in checked_fact(run, "outputs") or ():
        scores = run.values("validation_score", output["name"])
        scores = scores[np.isfinite(scores)]
        if len(scores):
            constant = constants.get(output["name"]) or 0.0
            falls.append(gain(float(scores.max()), constant) - gain(float(scores[-1]), constant))
    return max((fall for fall in falls if math.isfinite(fall)), default=0.0)


def _restored(run: Run, turn: ValidationTurn) -> bool:
    """Whether the weights at the end are nearer to the best epoch's than to the last one's, by their validation loss.

    Penalties are part of the logged loss and not of that of a look, so where there are some the two cannot be compared.
    """
    seen = last_look(run, "inference_loss", "validation")
    penalized = any(layer["regularized"] for layer in checked_fact(run, "layers") or ())
    return seen is not None and not penalized and seen < (turn.best + turn.last) / 2
