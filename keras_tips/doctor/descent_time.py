"""How far gradient descent got, measured by the steepest curve of the loss that it goes down."""

from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.records.facts import CriticalPointFact, FitFact, OptimizerFact
from keras_tips.records.run import Run

__all__ = ["LIMIT", "SETTLED", "DescentTime", "descent_time", "plain_descent"]

# From here on steps diverge (LeCun, Bottou, Orr, Mueller: Efficient BackProp, 1998).
LIMIT = 2.0  # learning rate times curvature
SLOW = 0.01  # share of that: steps may be a hundred times as long
# After thirty, directions a tenth as steep, of which a network has many, are at their bottom too: a twentieth is left.
SETTLED = 30.0  # times that the distance to the bottom shrank by a factor of e in the steepest direction


@dataclass(frozen=True)
class DescentTime:
    """Gradient descent along the direction in which the loss curves most.

    Attributes:
        step: learning rate times largest curvature, with what momentum multiplies the rate by.
        whole: the sum of it over all steps: how often the distance to the bottom shrank by a factor of e.
    """

    step: float
    whole: float

    @property
    def slow(self) -> bool:
        """Whether the rate can be raised far, and training ended before even the steepest direction had settled."""
        return 0 < self.step <= SLOW * LIMIT and self.whole <= SETTLED


def plain_descent(run: Run) -> bool:
    """Whether steps are the gradient times a rate, with or without momentum, so that curvature says how long they may be.

    Not where layers add penalties, which are no part of the loss whose curvature is measured.
    """
    optimizer: OptimizerFact | None = checked_fact(run, "optimizer")
    plain = optimizer is not None and optimizer["name"] == "SGD" and not optimizer["clips"]
    return plain and "penalty" not in run.quantities


def descent_time(run: Run) -> DescentTime | None:
    """Returns it where plain gradient descent trained and the curvature at its end is known; by the largest rate of all."""
    optimizer: OptimizerFact | None = checked_fact(run, "optimizer")
    point: CriticalPointFact | None = checked_fact(run, "critical_point")
    fit: FitFact | None = checked_fact(run, "fit")
    rates = run.values("learning_rate", "train")
    rates = rates[np.isfinite(rates)]
    if optimizer is None or not plain_descent(run) or point is None or fit is None or not len(rates):
        return None
    momentum, steps = optimizer["momentum"] or 0.0, len(run.values("loss", "train")) * (fit["steps"] or 0)
    if not (0 <= momentum < 1 and steps > 0 and np.isfinite(point["largest_curvature"])):
        return None
    step = float(rates.max()) * point["largest_curvature"] / (1 - momentum)
    return DescentTime(step, step * steps)
