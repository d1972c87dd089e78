"""The loss of the same rows in training mode and at inference, next to the loss at which nothing is learned."""

from dataclasses import dataclass

from keras_tips.doctor.looks import first_look, last_look, trained
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.doctor.training_result import GOOD, NOTHING_LEARNED
from keras_tips.records.run import Run

__all__ = ["ModeLosses", "mode_losses"]

# A tenth of all there is to learn: the same mark from which a rise of the validation loss counts.
WORSE = 0.1  # share of the level


@dataclass(frozen=True)
class ModeLosses:
    """At the last look, over the training rows that were kept.

    Attributes:
        training: loss in training mode: with dropout, augmentation and the statistics of the batch.
        inference: loss as `predict` would have it.
        level: of a constant prediction; of the first look where that is not known.
    """

    training: float
    inference: float
    level: float

    @property
    def good(self) -> bool:
        """Whether in training mode most of what there is to learn was learned."""
        return self.training < GOOD * self.level

    @property
    def nothing(self) -> bool:
        """Whether in training mode nothing was learned."""
        return self.training > NOTHING_LEARNED * self.level

    @property
    def inference_suffers(self) -> bool:
        """Whether inference is clearly worse than training mode, which is the wrong way round."""
        return self.inference - self.training >= WORSE * self.level

    @property
    def noise(self) -> float | None:
        """Share of what the network knows at inference that the noise of training mode drowns; None where it knows nothing."""
        known = self.level - self.inference
        return (self.training - self.inference) / known if known > WORSE / 2 * self.level else None


def mode_losses(run: Run) -> ModeLosses | None:
    """Returns the losses of both modes, or None before training and where one is not known."""
    both = [last_look(run, quantity, "train") for quantity in ("training_mode_loss", "inference_loss")]
    level = reference_loss(run) or first_look(run, "inference_loss", "train")
    if not trained(run) or both[0] is None or both[1] is None or level is None or level <= 0:
        return None
    return ModeLosses(both[0], both[1], level)
