"""A learning rate that was raised until training lost again what it had learned."""

from dataclasses import dataclass

import numpy as np

from keras_tips.records.run import Run

__all__ = ["RaisedRate", "raised_rate"]

# A range test raises the rate until the loss explodes, over several powers of ten (Leslie N. Smith, "Cyclical Learning Rates
# for Training Neural Networks", 2017, section 3.3). Restarts of a schedule take back a little, and get it again.
RAISED = 10.0  # highest rate after the best epoch over the highest until then
TAKEN_BACK = 0.5  # rise of the loss since the best epoch over its fall until then


@dataclass(frozen=True)
class RaisedRate:
    """What the rate was and did.

    Attributes:
        before: the highest learning rate until the end of the epoch with the lowest loss.
        after: the highest since then.
        best: that loss.
        taken_back: how much of the fall to it was lost by the end; infinite where the loss ended as no number.
    """

    before: float
    after: float
    best: float
    taken_back: float


def raised_rate(run: Run, level: float) -> RaisedRate | None:
    """Returns what a raised rate did, or None where it was not raised by much, or nothing was lost by it.

    Args:
        run: with learning rates per recorded step, and losses per epoch.
        level: the loss before anything was learned.
    """
    if not all(len(run.values(quantity, "train")) for quantity in ("loss", "learning_rate")):
        return None
    (steps, losses), (recorded, rates) = run.series("loss", "train"), run.series("learning_rate", "train")
    losses = np.where(np.isfinite(losses), losses, np.inf)
    place = int(losses.argmin())
    best, last, early = float(losses[place]), float(losses[-1]), recorded <= steps[place]
    if not early.any() or early.all() or not best < level or not np.isfinite(rates).all():
        return None
    before, after = float(rates[early].max()), float(rates[~early].max())
    taken_back = (last - best) / (level - best)
    if not before > 0 or after < RAISED * before or not taken_back >= TAKEN_BACK:
        return None
    return RaisedRate(before, after, best, taken_back)
