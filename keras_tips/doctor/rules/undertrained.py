"""Rule: still improving when training ended."""

from keras_tips.doctor.attainment import NOTHING, attainment
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.loss_pace import LossPace, loss_pace
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.missing_signal import missing_signal
from keras_tips.doctor.recorded_steps import RecordedSteps, recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.short_way import WAY, hardly_begun, short_way
from keras_tips.doctor.training_result import GOOD, NOTHING_LEARNED, TrainingResult, training_result
from keras_tips.records.facts import FitFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["undertrained"]

# What as many epochs again would bring has to be a tenth of all there is to learn: of ln C for classes, of the variance for
# numbers. A curve that has come to rest promises nothing; one that creeps on, as nearly every healthy one does, a few percent.
GAIN = 0.1  # forecast fall of the loss over the loss of a constant prediction
# A curve that has become steeper is forecast as a straight line, so that it promises less than it will bring: half is enough,
# where nothing was learned yet.
STEEPER = 0.05
# A network that is ahead of what simple predictors reach may be near what noise leaves: then the curve has to promise more.
AHEAD = 0.2  # likewise
CLEAR = 3.0  # deviations that the late fall has to stand out of the noise of the losses: the usual three sigma
# Where a simple predictor shows that most is still to be learned, less is asked for: a fall that goes on, or so few steps that
# hardly any optimizer gets anywhere.
FAR = 0.5  # share of what there is to learn, by which the network lacks what the simple predictor learns
STEADY = 0.4  # fall in the second half over that in the first; a curve that comes to rest keeps a tenth or two
HALF = 0.5  # fall of the loss over the fall that the steps predicted
FEW = 100  # steps; adaptive ones of 1e-3, all in one direction, move a weight by 0.1


@rule(stage="training")
def undertrained(run: Run) -> tuple[Finding, ...] | Missing:
    """Training ended while the loss was still falling, and before the result was good.

    What it finds:
        A training loss whose second half brought so much that as many epochs again are worth it.

    Why it hurts:
        The network was given up before it had learned what it can. Everything else that is measured of it, validation
        included, is about an unfinished network.

    Evidence:
        The fall of the training loss in the first and the second half of the run: per epoch, or per recorded batch in runs of
        fewer than 3 epochs. If the halves go on to shrink in the same proportion, the next two bring a forecast.

    Threshold:
        A forecast of at least a tenth of what a constant prediction costs, from a late fall of three times the noise (half of
        that is enough where nothing was learned yet and the loss fell ever faster); or weights that have gone less than 0.3 of
        their own length, with a loss that falls as the steps predict, or each variable less than 0.1 on a gradient as fresh
        networks have it; or fewer than 100 steps that never left what a constant prediction costs, and were stopped while the
        loss fell, or brought half of what they predicted with weights that hardly moved. Warning where the result is not good;
        info where it is good and not very good, and where it is as good as that of a simple predictor and the forecast less
        than a fifth; nothing where it is very good. Info too where the network lacks half of what
        there is to learn, as a simple predictor shows, after fewer than 100 steps, or with a fall that keeps 0.4 of its pace; a
        warning if no other ailment is to blame.

    Remedy:
        More epochs, with early stopping to end them; or a higher learning rate.

    False alarms:
        Short runs with a good result are healthy, and so are long ones that creep on. Where what a constant costs is not known,
        this rule only remarks.

    References:
        Google Research: Deep Learning Tuning Playbook, 2023, on choosing the number of training steps.
    """
    if missing_signal(run) is not None:
        return ()  # there is nothing to be learned, by whatever training
    result = training_result(run)
    pace = loss_pace(run)
    if result is None or pace is None:
        return Missing("needs a finite training loss of at least 3 epochs, or of 8 recorded batches")
    gain = pace.forecast / result.reference
    recorded = recorded_steps(run)
    steeper = result.exact and result.share > NOTHING_LEARNED and pace.second > pace.first > 0
    worth_it = gain >= (STEEPER if steeper else GAIN) and pace.second >= CLEAR * pace.noise
    barely_begun = recorded is not None and not result.good and _barely_begun(recorded, pace, result)
    sure = worth_it or barely_begun or _ended_at_the_start(run, recorded, pace, result)
    if result.very_good or not (sure or _far_from_what_can_be_learned(run, pace, result)):
        return ()
    way = recorded.way if recorded is not None and barely_begun else None
    return (_finding(gain, result, pace, way, sure and not (gain < AHEAD and _ahead(run))),)


def _ahead(run: Run) -> bool:
    """Whether the network has learned as much as simple predictors do, so that nothing but the curve says there is more."""
    learned = attainment(run)
    return learned is not None and learned.attainable is not None and learned.learned >= learned.attainable


def _barely_begun(recorded: RecordedSteps, pace: LossPace, result: TrainingResult) -> bool:
    """Whether the weights are about where they started, because of too few or too short steps."""
    return short_way(recorded, pace) or (result.exact and hardly_begun(recorded, result.reference))


def _far_from_what_can_be_learned(run: Run, pace: LossPace, result: TrainingResult) -> bool:
    """Whether a simple predictor shows that most is still to be learned, and training was on the way, or had few steps."""
    learned = attainment(run)
    if learned is None or learned.attainable is None or learned.lack < FAR:
        return False
    on_the_way = pace.kept >= STEADY and pace.second >= CLEAR * pace.noise
    return on_the_way or (_few_steps(run, result) and learned.learned > NOTHING)


def _few_steps(run: Run, result: TrainingResult) -> bool:
    fit: FitFact | None = checked_fact(run, "fit")
    steps = result.epochs * (fit["steps"] or 0) if fit is not None else 0
    return 0 < steps < FEW


def _ended_at_the_start(run: Run, recorded: RecordedSteps | None, pace: LossPace, result: TrainingResult) -> bool:
    """Whether a training ended after few steps, while its loss was falling, about where it began.

    Either somebody, or early stopping, ended it; or the weights are about where they were, on a slope as steep as predicted.
    """
    nothing = result.exact and result.share > NOTHING_LEARNED and pace.first < GAIN * result.reference
    if not nothing or pace.second <= 0 or not _few_steps(run, result):
        return False
    on_its_way = recorded is not None and recorded.way <= WAY and pace.first + pace.second >= HALF * recorded.promised > 0
    return run.status == "stopped" or on_its_way


def _finding(gain: float, result: TrainingResult, pace: LossPace, way: float | None, clear: bool) -> Finding:
    level = "a constant prediction costs" if result.exact else "the first epoch cost"
    begun = "" if way is None else f"; the weights have moved by at most {way:.2g} of their length"
    message = (
        f"Training ended early: the loss fell by {pace.second:.2g} in the second half of the run after {pace.first:.2g} in the "
        f"first, to {result.loss:.3g}, where {level} {result.reference:.3g}; as many epochs again may bring "
        f"{pace.forecast:.2g}{begun}."
    )
    evidence = {"forecast": gain, "first_half": pace.first, "second_half": pace.second, "share": result.share}
    good = min(result.share, pace.end / result.reference) < GOOD
    severity = "warning" if clear and result.exact and not good else "info"
    sure = 0.5 + 0.3 * min(1.0, gain / (4 * GAIN)) + (0.1 if pace.epochs else 0.0)
    return Finding("undertrained", severity, "training", message, (), evidence, ("more_epochs", "higher_learning_rate"), sure)
