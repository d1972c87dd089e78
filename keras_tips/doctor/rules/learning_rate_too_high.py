"""Rule: steps so long that the loss rises where they promise a fall."""

from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.raised_rate import RaisedRate, raised_rate
from keras_tips.doctor.recorded_steps import BEGINNING, RecordedSteps, recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.steep_start import steep_start
from keras_tips.doctor.training_outcome import TrainingOutcome, training_outcome
from keras_tips.doctor.training_result import VERY_GOOD
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["learning_rate_too_high"]

# On a parabola, a step to the bottom promises to first order twice the loss that is there, and one of four times the loss is
# at the limit beyond which steps diverge, whatever the curvature is (LeCun et al., Efficient BackProp, 1998, section 5). A
# loss that cannot be negative bounds what there is to lose.
PROMISE = 4.0  # predicted fall of one step over the loss that is there
# Weights that move by a third of their own length in one step have forgotten what they were after three. Usual are 1e-3
# (Karpathy 2022); TheDeepChecker warns from 0.1 on.
MOVED = 0.3  # length of one step over that of the weights
# The loss of batches scatters, by a few ten percent at 32 rows. Twice the start is a rise.
JUMP = 2.0  # loss of a batch over that of the first one, or over the constant predictor's where that is higher
GROWN = 3.0  # largest length of the weights over that at the start: a leap between two recorded steps, seen from its end
# One of the first steps is enough, as the first leap may leave the network dead, with small steps ever after. Later it has to
# happen again and again, as a single odd batch does no harm; unless nothing was learned, as momentum and schedules make
# steps long only after a while.
REPEATED = 3  # recorded steps
CLUES = 2  # of the three marks above; each alone has harmless reasons
ALL_CLUES = 3  # where the result is good, and yet not very good
FOLLOW = (
    *("exploding_gradient", "loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient", "capacity_too_low"),
    *("oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained"),
)
TIPS = ("lower_learning_rate", "warmup", "learning_rate_schedule")


@rule(stage="training", explains=FOLLOW)
def learning_rate_too_high(run: Run) -> tuple[Finding, ...] | Missing:
    """The steps are longer than the loss is straight: it rises where they promise a fall.

    What it finds:
        Steps that leap over the valley, so that the loss jumps up, swings, or stays where a leap has thrown the weights; and a
        schedule that raises the rate until training loses again what it had learned.

    Why it hurts:
        A step beyond twice the distance to the bottom ends higher up than it began, and the next one is longer still. The loss
        grows without bound, or the weights land where units are dead and gradients are zero.

    Evidence:
        Per recorded step: the fall that gradient times step predicts against the loss that is there, the length of the step
        against that of the weights, and the loss of the batch against that of the first. What counts is how far this optimizer
        really went, not the number that it was given.

    Threshold:
        Two of three, at one of the first 8 recorded steps, at three later ones, or at any where nothing was learned: a
        predicted fall of at least four times the whole loss, the limit of stability on any parabola; a step of at least 0.3
        of the length of the weights, or weights that grew threefold; a batch loss of at least twice the first. And a training
        result that is not good; with all three, one that is not very good. Or a rate ten times as high as it was until the best
        epoch, and half of what was learned until then lost again at the end. Critical where nothing was learned or the loss is
        no number any more, else a warning.

    Remedy:
        A tenth of the learning rate; a warmup where only the first steps are too long, a schedule where only the last are.

    False alarms:
        A large learning rate that trains well is healthy, at any number. Gradients that are extreme before the first step come
        from inputs, weights or depth and are another ailment.

    References:
        LeCun, Bottou, Orr, Mueller: Efficient BackProp, 1998. Karpathy: Neural Networks: Zero to Hero, 2022.
    """
    recorded = recorded_steps(run)
    if recorded is None:
        return Missing("needs the norms of gradients, weights and steps")
    outcome = training_outcome(run, recorded)
    if outcome is None:
        return Missing("needs the training loss, a positive one")
    if outcome.share < VERY_GOOD or steep_start(run, recorded):
        return ()
    raised = raised_rate(run, outcome.level)
    if raised is not None and outcome.bad:
        return (_of_schedule(raised, outcome),)
    leap = _leap(recorded, outcome)
    return (_finding(leap, outcome),) if leap.clues >= (CLUES if outcome.bad else ALL_CLUES) else ()


@dataclass(frozen=True)
class _Leap:
    """The three measures, with the length of the weights beside that of the step."""

    promise: float
    moved: float
    grown: float
    jump: float

    @property
    def clues(self) -> int:
        return (self.promise >= PROMISE) + (self.moved >= MOVED or self.grown >= GROWN) + (self.jump >= JUMP)


def _leap(recorded: RecordedSteps, outcome: TrainingOutcome) -> _Leap:
    losses, weights = recorded.loss, recorded.weight
    first = losses[0] if len(losses) else np.nan
    start = max(first, outcome.level) if outcome.exact else first
    jumps = losses / start if start > 0 else np.full(len(losses), np.nan)
    growth = weights / weights[0] if len(weights) and weights[0] > 0 else np.full(len(weights), np.nan)
    times = 1 if outcome.hopeless else REPEATED
    return _Leap(*(_reached(values, times) for values in (recorded.promise, recorded.moved, growth, jumps)))


def _of_schedule(raised: RaisedRate, outcome: TrainingOutcome) -> Finding:
    message = (
        f"The learning rate was raised from {raised.before:.2g} to {raised.after:.2g} after the loss was at its best, "
        f"{raised.best:.3g}, and that was lost again; {outcome.words}."
    )
    evidence = {"before": raised.before, "after": raised.after, "best": raised.best, "share": outcome.share}
    severity, tips = "critical" if outcome.hopeless else "warning", ("learning_rate_schedule", "lower_learning_rate")
    return Finding("learning_rate_too_high", severity, "training", message, (), evidence, tips, 0.9)


def _reached(values: np.ndarray, times: int) -> float:
    """The largest of the beginning, or what was reached so many times in the whole run, whichever is larger.

    What is infinite counts as very large; what was not measured, as nothing.
    """
    known = np.nan_to_num(values, nan=0.0, posinf=np.finfo("float64").max)
    if not len(known):
        return 0.0
    often = float(np.sort(known)[-times]) if len(known) >= times else 0.0
    return max(float(known[:BEGINNING].max()), often)


def _finding(leap: _Leap, outcome: TrainingOutcome) -> Finding:
    told = []
    if leap.promise >= PROMISE:
        told.append(f"a step promised a fall of {leap.promise:.2g} times the whole loss")
    if leap.moved >= MOVED:
        told.append(f"a step moved the weights by {leap.moved:.2g} of their length")
    elif leap.grown >= GROWN:
        told.append(f"the weights grew to {leap.grown:.2g} times their length")
    if leap.jump >= JUMP:
        told.append(f"the loss of a batch rose to {leap.jump:.2g} times its start")
    message = f"The steps are too long: {', '.join(told[:-1])} and {told[-1]}; {outcome.words}."
    evidence = {"promise": leap.promise, "moved": leap.moved, "grown": leap.grown, "jump": leap.jump, "share": outcome.share}
    sure = min(0.95, 0.5 + 0.15 * leap.clues) - (0.0 if outcome.exact else 0.1)
    severity = "critical" if outcome.hopeless else "warning"
    return Finding("learning_rate_too_high", severity, "training", message, (), evidence, TIPS, sure)
