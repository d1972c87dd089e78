"""Whether training ended so well that nothing can have done it much harm."""

import numpy as np

from keras_tips.doctor.attainment import attainment
from keras_tips.doctor.training_result import VERY_GOOD, training_result
from keras_tips.records.run import Run

__all__ = ["went_well"]


def went_well(run: Run) -> bool:
    """Returns whether less than a quarter is left of what there is to learn, by the loss or by the score of the kept rows.

    False before the first epoch has ended, where the last loss is not finite, and where it is negative: no loss that is
    compared with a constant prediction's can be.
    """
    losses = run.values("loss", "train")
    if not len(losses) or not np.isfinite(losses[-1]):
        return False
    result, learned = training_result(run), attainment(run)
    if result is not None and result.share < 0:
        return False
    by_loss = result is not None and result.very_good
    return by_loss or (learned is not None and learned.learned > 1 - VERY_GOOD)
