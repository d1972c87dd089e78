"""Where the validation loss turned: its best epoch, and how far it has risen since."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.missing import Missing
from keras_tips.records.run import Run

__all__ = ["RISE", "ValidationTurn", "validation_turn"]

EPOCHS = 5  # fewer cannot show a turn of the curve and the noise around it
WINDOW = 3  # epochs over which the curves are smoothed; one epoch alone may be luck
# The rise counts from a tenth of all there is to learn: of ln C for classes, of the variance for numbers. The late rise
# of a network that is right but ever surer of itself stays far below that. Amazon's SageMaker Debugger takes the same
# tenth for its rule Overfit, but of the training loss, which makes it shout as soon as that one is near zero.
RISE = 0.1  # share of the constant predictor's loss
NOISE = 3.0  # standard errors that the rise has to stand out of the epoch-to-epoch noise: the usual three sigma
MAD_TO_DEVIATION = 1.4826  # of a normal distribution


@dataclass(frozen=True)
class ValidationTurn:
    """The smoothed curves at their best validation epoch and at their end.

    Attributes:
        epochs: that have both losses.
        epoch: of the best smoothed validation loss, counted from 1.
        best: the validation loss there.
        last: the validation loss at the end.
        noise: standard error of a difference between two smoothed validation losses.
        train_then: the training loss at the best epoch.
        train_last: the training loss at the end.
    """

    epochs: int
    epoch: int
    best: float
    last: float
    noise: float
    train_then: float
    train_last: float

    @property
    def clear(self) -> bool:
        """Whether the rise stands out of the noise, while the training loss went on falling."""
        return self.last - self.best >= NOISE * self.noise and self.last > self.best and self.train_last < self.train_then

    @property
    def past(self) -> float:
        """Share of the epochs that lie behind the best one."""
        return 1 - self.epoch / self.epochs


def validation_turn(run: Run) -> ValidationTurn | Missing:
    """Returns the turn of the validation loss, or what is missing to see one."""
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
    ends = float(smooth[best]), float(smooth[-1]), noise, float(smooth_train[best]), float(smooth_train[-1])
    return ValidationTurn(epochs, best + WINDOW // 2 + 1, *ends)


def _smoothed(values: np.ndarray) -> np.ndarray:
    """Running median: what three neighbouring epochs agree on; entry i is centred at epoch i + 1."""
    return np.median(np.lib.stride_tricks.sliding_window_view(values, WINDOW), axis=1)


def _noise(values: np.ndarray) -> float:
    """Deviation of a single epoch around the trend: from second differences, in which a straight trend cancels.

    A second difference a - 2b + c of independent noise has 6 times its variance; the median keeps single jumps out.
    """
    bends = np.abs(np.diff(values, 2))
    return float(MAD_TO_DEVIATION * np.median(bends) / math.sqrt(6))
