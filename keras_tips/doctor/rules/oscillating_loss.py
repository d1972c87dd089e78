"""Rule: a loss that swings from epoch to epoch and does not settle."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.recorded_steps import recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_outcome import training_outcome
from keras_tips.doctor.training_result import VERY_GOOD
from keras_tips.records.facts import FitFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["oscillating_loss"]

EPOCHS = 8  # of which the late half has four: fewer show no swinging
# Of the epochs of the late half, so many have to be above the one before. Chance makes it a half for a curve at rest, and few
# for one that falls.
UPS = 0.25  # share of the late epochs
# Neighbouring epochs see the same rows and differ by one epoch of updates: by a percent or two once the curve has flattened.
SWING = 0.1  # typical distance between neighbouring late epochs over the loss that is there
# A mean over few rows scatters by itself, under dropout above all. The losses of rows deviate by about their mean, so that of
# an epoch by a share of one over the root of the rows; three such deviations are the usual three sigma.
SCATTER = 3.0  # deviations
# Swings that are dying out, as those of a schedule that ends, settle.
SETTLED = 0.5  # typical swing of the last quarter over that of the third quarter
RESTART = 1.5  # learning rate over that of an earlier recorded step: a schedule that begins again
TIPS = ("lower_learning_rate", "learning_rate_schedule", "larger_batch", "clip_gradients")


@rule(stage="training", explains=("plateau", "undertrained"))
def oscillating_loss(run: Run) -> tuple[Finding, ...] | Missing:
    """The training loss goes up and down from epoch to epoch and does not settle.

    What it finds:
        Swings that stay large in the second half of the run.

    Why it hurts:
        The result is that of the epoch at which training happened to stop, and no epoch comes to the bottom.

    Evidence:
        The training loss of the second half of the epochs: the typical distance between neighbours, how often it rises, how the
        distance changes; the learning rate at recorded steps; and what a constant prediction costs.

    Threshold:
        At least 8 epochs; a typical distance of at least a tenth of the loss, and of three times the scatter that a mean over
        so many rows has; at least a quarter of the late epochs above the one before; swings of the last quarter at least half
        as large as those of the third; and a typical late loss above a quarter of a constant prediction's. Warning.

    Remedy:
        A lower learning rate, or one that falls; a larger batch where few rows make the noise.

    False alarms:
        Restarts of a schedule lift the loss on purpose, and are healthy. So is small noise around a low loss, and the
        losses of networks that train against each other, for which no constant tells the scale.

    References:
        Google Research: Deep Learning Tuning Playbook, 2023, on training curves that vary from step to step.
    """
    losses = run.values("loss", "train")
    losses = losses[np.isfinite(losses)]
    outcome = training_outcome(run, recorded_steps(run))
    if len(losses) < EPOCHS or outcome is None or not outcome.exact:
        return Missing(f"needs the training loss of at least {EPOCHS} epochs, and what a constant prediction costs")
    swings = _swings(losses)
    large = swings.size >= swings.level * max(SWING, SCATTER / math.sqrt(_rows(run)))
    lasting = swings.ups >= UPS and swings.late >= SETTLED * swings.early
    if not (large and lasting and swings.level > VERY_GOOD * outcome.level) or _restarts(run):
        return ()
    return (_finding(swings, outcome.level),)


@dataclass(frozen=True)
class _Swings:
    """The distances between neighbouring epochs in the second half of a run."""

    size: float  # typical one
    early: float  # mean one in the third quarter
    late: float  # mean one in the last quarter
    ups: float  # share of rises
    level: float  # typical loss


def _swings(losses: np.ndarray) -> _Swings:
    half = losses[len(losses) // 2 :]
    steps = np.diff(half)
    distances = np.abs(steps - np.mean(steps))  # a trend is no swing
    middle = len(distances) // 2
    early, late = (float(np.mean(part)) for part in (distances[:middle], distances[middle:]))
    return _Swings(float(np.median(distances)), early, late, float(np.mean(steps > 0)), float(np.median(half)))


def _rows(run: Run) -> float:
    """How many rows an epoch has; where that is not known, so many that their scatter is none."""
    fit: FitFact | None = checked_fact(run, "fit")
    return float((fit["steps"] or 0) * (fit["batch_size"] or 0) or math.inf) if fit is not None else math.inf


def _restarts(run: Run) -> bool:
    """Whether the learning rate rose again after the first quarter of the run, as schedules with restarts have it."""
    if "learning_rate" not in run.quantities:
        return False
    steps, rates = run.series("learning_rate", run.places("learning_rate")[0])
    late = rates[steps >= steps[-1] / 4] if len(steps) else rates
    lowest = np.minimum.accumulate(late) if len(late) else late
    return bool((late > RESTART * lowest).any())


def _finding(swings: _Swings, level: float) -> Finding:
    message = (
        f"The training loss does not settle: in the second half of the run neighbouring epochs differ by {swings.size:.2g}, "
        f"around {swings.level:.3g}, where a constant prediction costs {level:.3g}, and {swings.ups:.0%} of the epochs rose."
    )
    evidence = {"swing": swings.size / swings.level, "ups": swings.ups, "late_loss": swings.level, "reference": level}
    sure = 0.5 + 0.3 * min(1.0, swings.size / (4 * SWING * swings.level))
    return Finding("oscillating_loss", "warning", "training", message, (), evidence, TIPS, sure)
