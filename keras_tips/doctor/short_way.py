"""Whether the weights are still about where they began."""

import numpy as np

from keras_tips.doctor.loss_pace import LossPace
from keras_tips.doctor.recorded_steps import RecordedSteps

__all__ = ["WAY", "as_promised", "hardly_begun", "hardly_moved", "short_way"]

# Weights that went no further than a third of their length are about where they started, even if all steps had one direction:
# the network is still the linear model around its initial weights.
WAY = 0.3  # length of all steps together over that of the weights
# A curve that comes to rest keeps little of its pace in the second half: a tenth, if it halves its distance to the bottom
# every seventh of the run. A straight line keeps all.
KEPT = 0.2  # fall in the second half over that in the first, or of the fourth quarter over the third
# Where a short way is all that is wrong, the loss falls by what the steps predict. Gradients that are mostly noise of the
# batches, as on a plateau or in a dead network, predict falls that do not come.
TRUE = 0.1  # fall of the loss over the fall that the steps predicted
CLEAR = 3.0  # deviations that the fall has to stand out of the noise of the losses: the usual three sigma
# Where no variable went even a tenth of its length, that is no way at all, whatever the loss did meanwhile: noise hides what so
# little brings.
START = 0.1  # length of all steps of a variable together over its own
# There is somewhere to go, if going by their own length brought, on a plane, at least the loss of a constant prediction. Fresh
# networks promise about that for each layer; dead, saturated and faded ones next to nothing.
PULL = 1.0  # sum over variables of gradient norm times weight norm, over the loss of a constant prediction


def short_way(recorded: RecordedSteps, pace: LossPace) -> bool:
    """Returns whether the weights hardly left their place, while the loss keeps its pace and does what gradients predict.

    More of the same would bring more of the same: longer steps, or more of them.
    """
    return recorded.way <= WAY and pace.kept >= KEPT and as_promised(recorded, pace)


def as_promised(recorded: RecordedSteps, pace: LossPace) -> bool:
    """Returns whether the loss fell, and by what the steps predicted, or enough of it."""
    fall = pace.first + pace.second
    true = not np.isfinite(recorded.promised) or fall >= TRUE * recorded.promised
    return true and fall > CLEAR * pace.noise


def hardly_moved(recorded: RecordedSteps, since: int) -> bool:
    """Returns whether the weights stood still from a step on."""
    late = (recorded.steps >= since) & np.isfinite(recorded.moved)
    return late.sum() > 1 and float(np.trapezoid(recorded.moved[late], recorded.steps[late])) <= START


def hardly_begun(recorded: RecordedSteps, level: float) -> bool:
    """Returns whether the weights did not leave their place, although the gradient says where to go.

    Args:
        recorded: the steps.
        level: loss of a constant prediction.
    """
    pull = recorded.own_pull[np.isfinite(recorded.own_pull)]
    return recorded.furthest <= START and len(pull) > 0 and level > 0 and float(np.median(pull)) >= PULL * level
