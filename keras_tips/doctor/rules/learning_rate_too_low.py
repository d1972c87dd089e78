"""Rule: steps so short that the weights hardly move, while the loss falls as predicted."""

from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.descent_time import LIMIT, SETTLED, DescentTime, descent_time
from keras_tips.doctor.loss_pace import LossPace, loss_pace
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.missing_signal import missing_signal
from keras_tips.doctor.recorded_steps import RecordedSteps, recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.short_way import as_promised, hardly_begun, hardly_moved, short_way
from keras_tips.doctor.training_outcome import TrainingOutcome, training_outcome
from keras_tips.doctor.training_result import GOOD
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["learning_rate_too_low"]

# Usual is a thousandth (Karpathy 2022). A run that gets nowhere with half of it or less has room above.
SHORT = 5e-4  # median length of one step over that of the weights
# Schedules end there, two decades down. One that is there before half of the steps are made ended the training itself.
FADED = 0.01  # learning rate over the highest of the run
TIPS = ("higher_learning_rate", "adam", "more_epochs")


@rule(stage="training", explains=("plateau", "saddle_point", "local_minimum", "undertrained"))
def learning_rate_too_low(run: Run) -> tuple[Finding, ...] | Missing:
    """The steps are so short that the weights hardly leave their place.

    What it finds:
        A loss that falls on a nearly straight line, just as the gradient predicts, and far too slowly.

    Why it hurts:
        As many epochs again would not do. A higher rate brings the same in a fraction of the time.

    Evidence:
        Per recorded step: its length against that of the weights, and the fall that it predicts; the training loss in both
        halves of the run; and what a constant prediction costs. Of plain gradient descent, the largest curvature of the loss.

    Threshold:
        All of these: a result that is not good, and would not be after as many epochs again at this pace; steps of at most half
        a thousandth of the length of the weights, and of 0.3 of it all together; a second half that brings at least a fifth of
        what the first did; and a fall of at least a tenth of what the steps predicted, three times the noise. Where no variable
        went a tenth of its length, on a gradient as fresh networks have it, whatever the loss did. Where the loss falls as
        predicted, to a result that is not good: a learning rate of at most a hundredth of 2 over the largest curvature, and
        steps that came to at most 30 over that curvature all together. Or a rate that was down to a hundredth of its highest
        before half of the steps were made, and moved the weights by less than a tenth of their length from there on. Warning.

    Remedy:
        Ten times the learning rate, or an adaptive optimizer such as Adam.

    False alarms:
        Short steps at the end of a schedule, in fine-tuning and in converged runs are healthy, since the result is good. A
        network that is stuck, dead or without gradient is not helped by a higher rate: its loss does not fall as predicted.

    References:
        Karpathy: Neural Networks: Zero to Hero, 2022. LeCun, Bottou, Orr, Mueller: Efficient BackProp, 1998.
    """
    if missing_signal(run) is not None:
        return ()  # there is nothing to be learned, by whatever training
    recorded = recorded_steps(run)
    pace = loss_pace(run)
    if recorded is None or pace is None or not np.isfinite(recorded.moved).any():
        return Missing("needs a finite training loss, and the norms of gradients, weights and steps")
    outcome = training_outcome(run, recorded)
    if outcome is None:
        return Missing("needs the training loss, a positive one")
    length = float(np.nanmedian(recorded.moved))
    if not outcome.bad or _good_soon(pace, outcome):
        return ()
    faded = _faded(run, recorded)
    if faded is not None and hardly_moved(recorded, faded.since) and as_promised(recorded, pace):
        return (_gone(faded, pace, outcome),)
    if 0 < length <= SHORT and (short_way(recorded, pace) or hardly_begun(recorded, outcome.level)):
        return (_finding(length, recorded, pace, outcome),)
    descent = descent_time(run)
    if descent is not None and descent.slow and as_promised(recorded, pace):
        return (_slow(descent, length, pace, outcome),)
    return ()


@dataclass(frozen=True)
class _Faded:
    """A learning rate that sank to next to nothing.

    Attributes:
        since: the step from which on it was less than `FADED` of what it had been.
        before: the highest rate.
        after: the last one.
    """

    since: int
    before: float
    after: float


def _faded(run: Run, recorded: RecordedSteps) -> _Faded | None:
    """Returns it where more than half of all steps were left to make when the rate was gone."""
    if "learning_rate" not in run.quantities or "train" not in run.places("learning_rate"):
        return None
    steps, rates = run.series("learning_rate", "train")
    steps, rates = steps[np.isfinite(rates)], rates[np.isfinite(rates)]
    if not len(rates) or not rates.max() > 0:
        return None
    gone = np.flatnonzero(rates >= FADED * rates.max())[-1] + 1
    if gone >= len(rates) or not steps[gone] <= recorded.steps[-1] / 2:
        return None
    return _Faded(int(steps[gone]), float(rates.max()), float(rates[-1]))


def _good_soon(pace: LossPace, outcome: TrainingOutcome) -> bool:
    """Whether as much training again, at the pace of the second half, makes the result good."""
    return outcome.loss - 2 * pace.second < GOOD * outcome.level


def _finding(length: float, recorded: RecordedSteps, pace: LossPace, outcome: TrainingOutcome) -> Finding:
    message = (
        f"The steps are too short: each moved the weights by {length:.1g} of their length (1e-3 is usual), all together by "
        f"{recorded.way:.1g}; {outcome.words}, and fell by {pace.second:.2g} in the second half of the run."
    )
    evidence = {
        "step": length,
        "way": recorded.way,
        "first_half": pace.first,
        "second_half": pace.second,
        "predicted_fall": recorded.promised,
        "share": outcome.share,
    }
    # Surer the shorter the steps are, and where the level of no learning is known.
    sure = min(0.9, 0.6 + 0.1 * np.log10(SHORT / length)) - (0.0 if outcome.exact else 0.2)
    return Finding("learning_rate_too_low", "warning", "training", message, (), evidence, TIPS, float(sure))


def _gone(faded: _Faded, pace: LossPace, outcome: TrainingOutcome) -> Finding:
    message = (
        f"The learning rate sank too early: from {faded.before:.2g} to less than a hundredth of it after {faded.since} steps, "
        f"and to {faded.after:.2g} in the end; {outcome.words}, and fell by {pace.second:.2g} in the second half of the run."
    )
    evidence = {"highest_rate": faded.before, "last_rate": faded.after, "steps_before": float(faded.since)}
    evidence |= {"first_half": pace.first, "second_half": pace.second, "share": outcome.share}
    return Finding("learning_rate_too_low", "warning", "training", message, (), evidence, TIPS, 0.8)


def _slow(descent: DescentTime, length: float, pace: LossPace, outcome: TrainingOutcome) -> Finding:
    message = (
        f"The loss is so flat that steps could be {LIMIT / descent.step:.0f} times as long before they diverge: learning rate "
        f"times largest curvature is {descent.step:.1g}, where {LIMIT:g} is the limit, and all steps together came to "
        f"{descent.whole:.2g}, of the {SETTLED:g} that it takes to settle; {outcome.words}."
    )
    evidence = {"step": length, "curved_step": descent.step, "curved_way": descent.whole}
    evidence |= {"first_half": pace.first, "second_half": pace.second, "share": outcome.share}
    return Finding("learning_rate_too_low", "warning", "training", message, (), evidence, TIPS, 0.6)
