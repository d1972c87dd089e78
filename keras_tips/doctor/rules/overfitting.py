"""Rule: training good, validation clearly worse and getting worse."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import training_result
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["overfitting"]

EPOCHS = 5  # fewer cannot show a turn of the curve and the noise around it
WINDOW = 3  # epochs over which the curves are smoothed; one epoch alone may be luck
# The rise counts from a tenth of all there is to learn: of ln C for classes, of the variance for numbers. The late rise
# of a network that is right but ever surer of itself stays far below that. Amazon's SageMaker Debugger takes the same
# tenth for its rule Overfit, but of the training loss, which makes it shout as soon as that one is near zero.
RISE = 0.1  # share of the constant predictor's loss
NOISE = 3.0  # standard errors that the rise has to stand out of the epoch-to-epoch noise: the usual three sigma
MAD_TO_DEVIATION = 1.4826  # of a normal distribution


@rule(stage="generalization", explains=("overtraining",))
def overfitting(run: Run) -> tuple[Finding, ...] | Missing:
    """The network learns its training data by heart: training is good, validation is clearly worse and getting worse.

    What it finds:
        A validation loss that has turned, and rises from its best epoch while the training loss goes on falling.

    Why it hurts:
        From that epoch on, every update makes the network worse for anything it has not seen.

    Evidence:
        Training and validation loss per epoch, smoothed over 3 epochs, and what a constant prediction would cost.

    Threshold:
        All of these: at least 5 epochs; a training loss below half of the constant predictor's; a rise of at least a tenth of
        the constant predictor's loss and three times the noise between epochs; a training loss that fell meanwhile. A gap
        alone is no sickness: dropout, augmentation and easy training rows make one in healthy runs. Warning; info where the
        run was stopped, as early stopping does.

    Remedy:
        Stop at the best epoch and keep its weights; then a penalty on the kernels, dropout, augmentation, more data.

    False alarms:
        Classifiers that stay right while they become too sure lose a little of the loss and nothing of the accuracy. None of 40
        healthy programs was flagged.

    References:
        Prechelt: Early Stopping - But When?, 1998. Amazon SageMaker Debugger, built-in rule Overfit.
    """
    turn = _turn(run)
    if isinstance(turn, Missing):
        return turn
    result = training_result(run)
    if result is None or not result.good:
        return ()
    rise = (turn.last - turn.best) / result.reference
    if not (rise >= RISE and turn.last - turn.best >= NOISE * turn.noise and turn.train_last < turn.train_then):
        return ()
    stopped = run.status == "stopped"
    message = (
        f"The validation loss rose from {turn.best:.3g} at epoch {turn.epoch + 1} to {turn.last:.3g} at epoch {turn.epochs}, "
        f"while the training loss fell from {turn.train_then:.3g} to {turn.train_last:.3g}"
        f"{'; the run was stopped there' if stopped else ''}."
    )
    evidence = {
        "best_epoch": turn.epoch + 1,
        "best_validation_loss": turn.best,
        "last_validation_loss": turn.last,
        "last_training_loss": turn.train_last,
        "rise": rise,
    }
    sure = 0.6 + 0.35 * min(1.0, rise / (4 * RISE))
    severity = "info" if stopped else "warning"
    return (Finding("overfitting", severity, "generalization", message, (), evidence, ("early_stopping",), sure),)


@dataclass(frozen=True)
class _Turn:
    """The smoothed curves at their best validation epoch and at their end."""

    epochs: int
    epoch: int  # of the best smoothed validation loss, counted from 0
    best: float
    last: float
    noise: float  # standard error of a difference between two smoothed validation losses
    train_then: float
    train_last: float


def _turn(run: Run) -> _Turn | Missing:
    train, validation = run.values("loss", "train"), run.values("loss", "validation")
    epochs = min(len(train), len(validation))
    if epochs < EPOCHS:
        return Missing(f"needs the training and validation loss of at least {EPOCHS} epochs")
    train, validation = train[-epochs:], validation[-epochs:]  # a second fit may have begun to validate
    if not (np.isfinite(train).all() and np.isfinite(validation).all()):
        return Missing("needs losses that are finite")
    smooth, smooth_train = _smoothed(validation), _smoothed(train)
    best = int(smooth.argmin())
    noise = _noise(validation) * math.sqrt(2 / WINDOW)
    then = float(smooth_train[best])
    return _Turn(epochs, best + WINDOW // 2, float(smooth[best]), float(smooth[-1]), noise, then, float(smooth_train[-1]))


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Running median: what three neighbouring epochs agree on; entry i is centred at epoch i + 1."""
    return np.median(np.lib.stride_tricks.sliding_window_view(values, WINDOW), axis=1)


def _noise(values: np.ndarray) -> float:
    """Deviation of a single epoch around the trend: from second differences, in which a straight trend cancels.

    A second difference a - 2b + c of independent noise has 6 times its variance; the median keeps single jumps out.
    """
    bends = np.abs(np.diff(values, 2))
    return float(MAD_TO_DEVIATION * np.median(bends) / math.sqrt(6))
