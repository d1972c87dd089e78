"""Whether learning came to a stop short of a good result, and at what kind of place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.loss_pace import loss_pace
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.recorded_steps import recorded_steps
from keras_tips.doctor.short_way import hardly_begun, short_way
from keras_tips.doctor.training_result import GOOD, NOTHING_LEARNED, TrainingResult, training_result
from keras_tips.records.facts import CriticalPointFact, ReferenceFact
from keras_tips.records.run import Run

__all__ = ["StoppedShort", "stopped_short"]

# The second half of the run brought less than this: at that pace it takes five runs to gain a tenth of what there is to learn.
FLAT = 0.02  # fall of the loss over the loss of a constant prediction
# Or as much as it swings, up to a tenth: a loss that swings further has not stopped.
SWINGS = 0.1  # likewise
# What a step to the bottom along the steepest curve could gain. With less than a hundredth, the gradient is as good as zero.
SLOPE = 0.01  # squared gradient norm over twice the largest curvature, over the loss of a constant prediction
# A curve down of a tenth of the steepest curve up is one that gradient descent leaves along in some ten times as many steps as
# the steepest direction needs. Trained networks keep many smaller negative curvatures, which mean nothing.
DOWNWARD = 0.1  # minus the smallest curvature over the largest
STANDARD_ERRORS = 2.0  # by which a simple predictor has to beat a constant, for its luck to prove nothing
LACK = 0.1  # what a simple predictor learns more of unseen rows than the network did of its own, of all there is to learn


@dataclass(frozen=True)
class StoppedShort:
    """A training whose loss stays where it is, though there is more to learn.

    Attributes:
        result: of the training.
        gained: by how much the loss fell in the second half of the run.
        point: what was measured at its end, or None.
        proved: whether a simple predictor shows that there is more to learn.
    """

    result: TrainingResult
    gained: float
    point: CriticalPointFact | None
    proved: bool

    @property
    def nothing(self) -> bool:
        """Whether the network is no better than a constant."""
        return self.result.share > NOTHING_LEARNED

    @property
    def level(self) -> bool:
        """Whether the gradient was measured there and is as good as zero."""
        if self.point is None or not self.point["largest_curvature"] > 0:
            return self.point is not None and self.point["gradient_norm"] == 0
        gain = self.point["gradient_norm"] ** 2 / (2 * self.point["largest_curvature"])
        return gain <= SLOPE * self.result.reference

    @property
    def downward(self) -> float:
        """How steeply the loss curves down in some direction, against how steeply it curves up in the steepest."""
        if self.point is None:
            return math.nan
        largest, smallest = self.point["largest_curvature"], self.point["smallest_curvature"]
        return -smallest / largest if largest > 0 else math.inf if smallest < 0 else 0.0

    @property
    def escape(self) -> bool:
        """Whether there is a way down that the gradient does not show."""
        return self.downward >= DOWNWARD

    @property
    def evidence(self) -> dict[str, float]:
        """Names and numbers."""
        known = {"loss": self.result.loss, "reference": self.result.reference, "gained": self.gained}
        if self.point is not None:
            known |= {"gradient_norm": self.point["gradient_norm"], "largest_curvature": self.point["largest_curvature"]}
            known |= {"smallest_curvature": self.point["smallest_curvature"]}
        return known

    @property
    def words(self) -> str:
        """The sentence up to what was found at the place."""
        return (
            f"Learning stopped at a loss of {self.result.loss:.3g}, where a constant prediction costs "
            f"{self.result.reference:.3g}: the second half of the run brought {max(self.gained, 0.0):.2g}"
        )


def stopped_short(run: Run) -> StoppedShort | Missing | None:
    """Returns where learning stopped, None where it did not, and `Missing` where that cannot be told.

    It did not where the result is good, where the loss still falls or has hardly begun to, and where no simple predictor finds
    anything more to learn.
    """
    result, pace = training_result(run), loss_pace(run)
    if result is None or pace is None or not (pace.epochs and result.exact):
        return Missing("needs a finite training loss of at least 3 epochs, and what a constant prediction costs")
    references: Sequence[ReferenceFact] = checked_fact(run, "references") or ()
    flat = abs(pace.second) < max(FLAT * result.reference, min(pace.noise, SWINGS * result.reference))
    recorded = recorded_steps(run)
    # It did not stop, it has hardly started.
    started = recorded is None or not (short_way(recorded, pace) or hardly_begun(recorded, result.reference))
    if result.share < GOOD or not flat or not started:
        return None
    more = [_more_to_learn(run, reference, result) for reference in references]
    if more and not any(more):
        return None
    return StoppedShort(result, pace.second, _point(run), any(more))


def _point(run: Run) -> CriticalPointFact | None:
    point: CriticalPointFact | None = checked_fact(run, "critical_point")
    if point is None:
        return None
    numbers = (point["gradient_norm"], point["largest_curvature"], point["smallest_curvature"])
    return point if all(math.isfinite(number) for number in numbers) else None


def _more_to_learn(run: Run, reference: ReferenceFact, result: TrainingResult) -> bool:
    """Whether a simple predictor does clearly better on rows it did not see than a constant, and than the network."""
    simple = max(reference["linear_held_out"], reference["neighbours_held_out"])
    room = 1 - reference["constant"]
    if not (simple > reference["constant"] + STANDARD_ERRORS * reference["deviation"] and room > 0):
        return False
    scores = run.values("training_score", reference["name"])
    scores = scores[np.isfinite(scores)]
    learned = (float(scores[-1]) - reference["constant"]) / room if len(scores) else 1 - result.share
    return (simple - reference["constant"]) / room > learned + LACK
