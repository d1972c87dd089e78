"""How bad a run is off, as those rules see it that know what is wrong but not whether it does harm."""

from dataclasses import dataclass, replace

import numpy as np

from keras_tips.doctor.attainment import attainment
from keras_tips.doctor.training_result import GOOD, training_result
from keras_tips.records.run import Run

__all__ = ["HARMLESS", "Suffering", "suffering"]

HARMLESS = "it did little harm here: "  # what a remark says before it says how the run fares


@dataclass(frozen=True)
class Suffering:
    """Whether training measurably suffers, whatever the cause is.

    Attributes:
        poor: None where it was not measured, as before the first epoch.
        nothing: nothing at all was learned.
        learned: share of what there is to learn, NaN where it is not known.
        text: half a sentence that says so, "" where it was not measured.
        loss_share: the training loss over that of a constant prediction, NaN where that is not known.
        diverged: the training loss is not finite any more.
    """

    poor: bool | None = None
    nothing: bool = False
    learned: float = float("nan")
    text: str = ""
    loss_share: float = float("nan")
    diverged: bool = False

    def severity(self, unmeasured: str = "warning", poor: str = "warning") -> str:
        """Returns how severe a fault is that harms some runs and not others: a remark where this run does well."""
        if self.poor is None:
            return unmeasured
        return poor if self.poor else "info"

    def by_its_loss(self) -> "Suffering":
        """Poor also where right answers win by a hair: the loss is still most of a constant prediction's."""
        if self.poor is False and GOOD <= self.loss_share <= 1:  # beyond 1 it is penalties that are logged
            text = f"the training loss ended at {self.loss_share:.0%} of what a constant prediction costs"
            return replace(self, poor=True, text=text)
        return self

    def ending(self, certain: bool = False) -> str:
        """The end of a message: what became of the run, after a semicolon.

        Args:
            certain: whether the fault does harm in any case, so that a good result would be no excuse, if it is one at all.
        """
        if self.poor is None or (certain and not self.poor):
            return "."
        return f"; {self.text}." if self.poor else f"; {HARMLESS}{self.text}."


def suffering(run: Run) -> Suffering:
    """Returns how a run fares. One whose loss is not finite at the end suffers, whatever came before."""
    losses = run.values("loss", "train")
    if len(losses) and not np.isfinite(losses[-1]):
        return Suffering(True, True, 0.0, "the training loss is not finite", diverged=True)
    found, result = attainment(run), training_result(run)
    share = result.share if result is not None and result.exact else float("nan")
    return Suffering() if found is None else Suffering(found.poor, found.nothing, found.learned, str(found), share)
