"""How good the result is on the training data: the question that the recipe asks first."""

from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.records.run import Run

__all__ = ["NOTHING_LEARNED", "TrainingResult", "training_result"]

# A loss above this share of the constant predictor's counts as nothing learned: 1 is exactly nothing, and a tenth is left
# for penalties and for classes that are somewhat imbalanced.
NOTHING_LEARNED = 0.9  # share of the reference loss
# Below a half, most of what there is to learn was learned; below a quarter, whatever is wrong did not hold it up much.
GOOD = 0.5  # share of the reference loss
VERY_GOOD = 0.25  # share of the reference loss


@dataclass(frozen=True)
class TrainingResult:
    """The training loss, measured by what a constant prediction would cost.

    Attributes:
        epochs: how many epochs have a finite loss.
        loss: of the last of them.
        reference: loss of the constant predictor, or of the first epoch where that one is not known.
        exact: whether `reference` is that of the constant predictor.
        share: `loss / reference`: 1 where nothing was learned, 0 where everything was.
        idle: share of the epochs in which nothing was learned yet or any more.
    """

    epochs: int
    loss: float
    reference: float
    exact: bool
    share: float
    idle: float

    @property
    def good(self) -> bool:
        """Whether most of what there is to learn was learned."""
        return self.share < GOOD

    @property
    def very_good(self) -> bool:
        """Whether so much was learned that whatever is wrong with the run did it little harm."""
        return self.share < VERY_GOOD


def training_result(run: Run) -> TrainingResult | None:
    """Returns the result on the training data, or None where no epoch has a finite, positive reference to compare with."""
    losses = run.values("loss", "train")
    losses = losses[np.isfinite(losses)]
    if not len(losses):
        return None
    known = reference_loss(run)
    reference = float(losses[0]) if known is None else known
    if reference <= 0:
        return None
    with np.errstate(over="ignore"):  # a reference near 0, from which any loss is infinitely far
        shares = losses / reference
    idle = float(np.mean(shares > NOTHING_LEARNED))
    return TrainingResult(len(losses), float(losses[-1]), reference, known is not None, float(shares[-1]), idle)
