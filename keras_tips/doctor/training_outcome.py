"""How a training ended, also where its losses are no numbers any more or what a constant costs is not known."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.recorded_steps import RecordedSteps
from keras_tips.doctor.training_result import GOOD, NOTHING_LEARNED, training_result
from keras_tips.records.run import Run

__all__ = ["TrainingOutcome", "training_outcome"]


@dataclass(frozen=True)
class TrainingOutcome:
    """What came of a training.

    Attributes:
        loss: of the last epoch; NaN or infinite where it broke down.
        level: what the loss is measured by: the constant predictor's, or the loss of the very first batch.
        exact: whether the level is that of the constant predictor.
        share: of the level that is left; infinite where the training broke down.
    """

    loss: float
    level: float
    exact: bool
    share: float

    @property
    def broken(self) -> bool:
        """Whether the loss ended as no number."""
        return not math.isfinite(self.loss)

    @property
    def bad(self) -> bool:
        """Whether the result is surely not good. Without an exact level: whether nothing was gained."""
        return self.share >= (GOOD if self.exact else NOTHING_LEARNED)

    @property
    def hopeless(self) -> bool:
        """Whether the network is no better than a constant, or than it was at the start."""
        return self.share > NOTHING_LEARNED

    @property
    def words(self) -> str:
        """The end of a sentence that tells it."""
        if self.broken:
            return "the training loss ended as no finite number"
        against = "a constant prediction costs" if self.exact else "the first batch cost"
        return f"the training loss ended at {self.loss:.3g}, where {against} {self.level:.3g}"


def training_outcome(run: Run, recorded: RecordedSteps | None) -> TrainingOutcome | None:
    """Returns how the training ended, or None where no epoch has a loss, or nothing to measure it by is known.

    The loss of the first epoch is no such measure: a training that blew up in it seems to recover from then on.
    """
    losses = run.values("loss", "train")
    if not len(losses):
        return None
    last = float(losses[-1])
    result = training_result(run)
    exact = result is not None and result.exact
    if result is not None and exact:
        level, share = result.reference, result.share
    else:
        level = _first_batch(recorded)
        share = last / level if level > 0 else math.nan
    if not math.isfinite(last):
        return TrainingOutcome(last, level, exact, math.inf)
    return None if math.isnan(share) else TrainingOutcome(last, level, exact, share)


def _first_batch(recorded: RecordedSteps | None) -> float:
    known = np.empty(0) if recorded is None else recorded.loss[np.isfinite(recorded.loss)]
    return float(known[0]) if len(known) else math.nan
