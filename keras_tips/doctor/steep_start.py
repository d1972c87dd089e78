"""Whether gradients were out of all proportion before the first update."""

import numpy as np

from keras_tips.doctor.recorded_steps import RecordedSteps
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.records.run import Run

__all__ = ["STEEP", "start_slope", "steep_start"]

# A usual step moves weights by a thousandth of their length (Karpathy, Neural Networks: Zero to Hero, 2022). From here on, such
# a step promises to change the loss by all that there is to learn. Networks as initializers make them lie at some ten.
STEEP = 1000.0  # gradient norm times weight norm, over the loss of a constant prediction


def start_slope(run: Run, recorded: RecordedSteps) -> float | None:
    """Returns gradient norm times weight norm at the first step, over what a constant prediction costs.

    Infinite where they are beyond what a float can hold; None where one of them is not known.
    """
    reference = reference_loss(run)
    if reference is None or not len(recorded.steps):
        return None
    slope = float(recorded.pull[0]) / reference
    return None if np.isnan(slope) else slope


def steep_start(run: Run, recorded: RecordedSteps) -> bool:
    """Whether gradients were extreme while the weights were as initialized, so that no learning rate made them so."""
    slope = start_slope(run, recorded)
    return slope is not None and slope >= STEEP
