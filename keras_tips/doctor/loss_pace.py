"""How fast the training loss falls, early and late in a run, and what that promises for more epochs."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.recorded_steps import recorded_steps
from keras_tips.records.run import Run

__all__ = ["LossPace", "loss_pace"]

EPOCHS = 3  # with fewer, only the losses of single batches tell a pace
LONG = 8  # epochs; so many can be smoothed, and told apart by quarters
POINTS = 8  # batch losses; fewer do not show the noise between batches
CLEAR = 3.0  # deviations by which a quarter's fall has to stand out of the noise: the usual three sigma
CREEP = 0.02  # fall of the second half over the loss that is left; converged runs creep on by as much
ROSE = 0.1  # rise in the first half over the fall in the second; a little is the rest before a run moves off
MAD_TO_DEVIATION = 1.4826  # of a normal distribution
# Of the way from the first step to the last: where the batch losses are read that stand for the middle and the end. Recorded
# steps lie a quarter further each time, so that each of the stretches holds a few of them.
MIDDLE, END = (0.35, 0.65), (0.75, 1.0)


@dataclass(frozen=True)
class LossPace:
    """The falls of the loss in the two halves of a run.

    Attributes:
        epochs: whose losses it is made of; 0 where it is made of others, since there are too few.
        first: by how much the loss fell in the first half.
        second: in the second half.
        end: the loss at the end; of the last batches where it is made of them, as the mean of an epoch lags behind.
        noise: deviation of such a fall that comes from the scatter of the losses around their trend.
        third: in the third quarter, 0 where there are too few epochs to tell quarters.
        fourth: in the fourth quarter, likewise.
    """

    epochs: int
    first: float
    second: float
    end: float
    noise: float
    third: float = 0.0
    fourth: float = 0.0

    @property
    def kept(self) -> float:
        """The fall of the second half over that of the first: 1 on a straight line, 0 on a curve that came to rest.

        Or of the fourth quarter over the third where that is more, and clear of the noise: what fell steeply at first, from a
        start worse than a constant's, says nothing about the pace at the end.
        """
        if self.second <= 0:
            return 0.0
        halves = self.second / self.first if self.first > 0 else math.inf
        clear = min(self.third, self.fourth) > CLEAR * self.noise and self.second > CREEP * self.end
        return max(halves, self.fourth / self.third) if clear else halves

    @property
    def forecast(self) -> float:
        """What as much training again may bring, if each part of the run goes on to bring as much less as the one before.

        Halves tell it, and in longer runs quarters too, which forget a steep first epoch. A curve that became steeper is taken
        for a straight line. A loss that rose in the first half promises nothing: what falls later had gone up before.
        """
        if self.first < -ROSE * self.second:
            return 0.0
        by_halves = _continued(self.first, self.second, 2)
        clear = min(self.third, self.fourth) > CLEAR * self.noise
        return max(by_halves, _continued(self.third, self.fourth, 4)) if clear else by_halves


def _continued(earlier: float, later: float, parts: int) -> float:
    """The falls of so many further parts, each of which keeps as much of the one before as `later` kept of `earlier`."""
    later = max(later, 0.0)
    kept = min(1.0, later / earlier) if earlier > 0 else 1.0
    return sum(later * kept**part for part in range(1, parts + 1))


def loss_pace(run: Run) -> LossPace | None:
    """Returns the pace of the training loss, or None where too few losses are known or one is not finite."""
    values = run.values("loss", "train")
    if not np.isfinite(values).all():
        return None
    if len(values) >= EPOCHS:
        return _of_epochs(values)
    return _of_looks(run, values) or _of_batches(run)


def _of_epochs(values: np.ndarray) -> LossPace:
    places = np.linspace(0, len(values) - 1, 5)
    start, _, half, late, end = np.interp(places, np.arange(len(values)), _calm(values)).tolist()
    quarters = (half - late, late - end) if len(values) >= LONG else ()
    return LossPace(len(values), start - half, half - end, end, _scatter(values) * math.sqrt(2), *quarters)


def _calm(values: np.ndarray) -> np.ndarray:
    """The running median of three where there are enough epochs; the ends stay as they are, as the fall there is wanted."""
    if len(values) < LONG:
        return values
    calm = values.copy()
    calm[1:-1] = np.median(np.lib.stride_tricks.sliding_window_view(values, 3), axis=1)
    # The last epoch alone may be luck: it counts as what it and its neighbours agree on, carried on along their trend.
    calm[-1] = np.median([values[-1], calm[-2], 2 * calm[-2] - calm[-3]])
    return calm


def _of_looks(run: Run, values: np.ndarray) -> LossPace | None:
    """From the loss of the kept rows before and after training; the mean over all epochs stands for the middle.

    Looks leave penalties out, so they cannot stand beside the losses of epochs where there are any.
    """
    if "penalty" in run.quantities or not len(values):
        return None
    looks, trained = run.values("inference_loss", "train"), run.values("training_mode_loss", "train")
    looks = np.append(looks[:1], trained[-1:] if len(trained) else looks[1:][-1:])  # with dropout, as the losses of epochs are
    if len(looks) < 2 or not np.isfinite(looks).all():
        return None
    start, half, end = float(looks[0]), float(values.mean()), float(looks[1])
    # The kept rows are a sample, and the losses of rows deviate by about their mean.
    rows = max([target["rows"] for target in checked_fact(run, "targets") or ()], default=1)
    return LossPace(0, start - half, half - end, end, half / math.sqrt(max(rows, 1)))


def _of_batches(run: Run) -> LossPace | None:
    recorded = recorded_steps(run)
    if recorded is None:
        return None
    known = np.isfinite(recorded.loss)
    steps, losses = recorded.steps[known], recorded.loss[known]
    if len(losses) < POINTS:
        return None
    share = (steps - steps[0]) / (steps[-1] - steps[0])
    middle, end = (losses[(share >= low) & (share <= high)] for low, high in (MIDDLE, END))
    if not len(middle):
        return None
    start, half, last = float(np.median(losses[:3])), float(np.median(middle)), float(np.median(end))
    noise = _scatter(losses[len(losses) // 2 :]) * math.sqrt(1 / len(middle) + 1 / len(end))
    return LossPace(0, start - half, half - last, last, noise)


def _scatter(values: np.ndarray) -> float:
    """Deviation of a single loss around the trend: from second differences, in which a straight trend cancels.

    A second difference a - 2b + c of independent noise has 6 times its variance; the median keeps single jumps out.
    """
    if len(values) < 3:
        return 0.0
    return float(MAD_TO_DEVIATION * np.median(np.abs(np.diff(values, 2))) / math.sqrt(6))
