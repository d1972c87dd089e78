"""Rule: training climbs, because a sign is wrong."""

import math
from collections.abc import Sequence

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.loss_kinds import COMPARING, HINGES, PROBABILITIES
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.recorded_steps import BEGINNING, RecordedSteps, recorded_steps
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.doctor.rule import rule
from keras_tips.records.facts import OutputFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["gradient_ascent"]

# Never below 0, whatever targets and outputs are.
NEVER_NEGATIVE = (
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error"),
    *("hinge", "squared_hinge", "categorical_hinge", "huber", "log_cosh"),
)
# Never below 0 where the targets are probabilities or class numbers.
CROSS_ENTROPIES = (
    *("binary_crossentropy", "categorical_crossentropy", "binary_focal_crossentropy", "categorical_focal_crossentropy"),
    "sparse_categorical_crossentropy",
)
# A network that was just made predicts about nothing, so a loss for classes begins near ln C. One that begins near -ln C and
# sinks to three times that rewards errors: legitimate negative losses for classes, such as an overlap, end at -1.
SIGNATURE = 3.0  # first loss over -ln C, either way; and how far it sinks below
# Other losses below 0 may be likelihoods or rewards. They count where they sink tenfold while the score gets worse.
SINKS = 10.0  # lowest loss over the size of the first
# The logarithm of a density sinks as slowly as logarithms do, and a score has an end. What has none was meant to rise.
ENDLESS = 1000.0  # lowest loss over the size of the first, where the loss ends as no finite number
# Momentum goes uphill for a batch now and then, not most of the time.
UPHILL = 0.8  # share of the recorded steps that predict a rise
RISE = 1.5  # loss at the end over that at the start, where steps predict a rise
# On a parabola that steps overshoot, each promises at least four times the loss. A loss that doubles in small steps, of half
# of that at most, does not overshoot: it does what it was told.
DOUBLED = 2.0  # largest loss of an epoch over both the first one's and a constant prediction's
CALM = 2.0  # predicted change of one step over the loss that is there, either way
EPOCHS = 3  # that have to rise in a row from the first on
INVERTED = -0.1  # correlation of what is said of the positions of a mask with what is right: far beyond chance
NO_BETTER = 2.0  # standard errors over the constant predictor within which a score is no better than it
FOLLOW = (
    *("learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units"),
    *("vanishing_gradient", "capacity_too_low", "oscillating_loss", "plateau", "batch_size_unsuitable"),
)


@rule(stage="training", explains=FOLLOW)
def gradient_ascent(run: Run) -> tuple[Finding, ...] | Missing:
    """Training makes the loss worse on purpose, because a sign is wrong.

    What it finds:
        A loss that is negated, a learning rate or a gradient of the wrong sign.

    Why it hurts:
        Every step goes away from the solution, and the further it gets the faster it goes.

    Evidence:
        The loss of epochs and recorded batches, the change that each step predicts, the kind of loss and targets, and the score
        on the training rows.

    Threshold:
        One of these. A loss below 0 of a kind that cannot be. A loss of unknown kind for classes that begins at about -ln C
        and sinks to three times that, or any loss that sinks below 0 to ten times its first size, while the score is no
        better than a constant prediction's and not better than it was; or to a thousand times, and ends as no finite number,
        where no score is known. A loss of unknown kind that falls, while fewer rows are right than if the rarest class were
        always said, and the score is worse than it was; or while a mask comes out as its negative, with a correlation below
        -0.1. At least 80 % of the recorded steps predicting a rise,
        and a loss that rose to 1.5 times its start. A loss that rises from the first epoch on, to twice its start and twice a
        constant prediction's, in steps too small to overshoot. Critical.

    Remedy:
        Take away the minus sign: in the loss, in its weight, in the learning rate, or where gradients are applied.

    False alarms:
        Likelihoods, lower bounds, cosine similarities and the losses of critics may be negative and fall as they should:
        healthy as long as the score does not get worse.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 4.3.
    """
    recorded = recorded_steps(run)
    losses = run.values("loss", "train")
    if recorded is None and not len(losses):
        return Missing("needs the training loss")
    for clue in (_impossible, _rewarded, _endless, _turned, _inverted, _uphill, _quiet_rise):
        told = clue(run, recorded, losses)
        if told is not None:
            message, evidence, sure = told
            return (Finding("gradient_ascent", "critical", "training", message, (), evidence, (), sure),)
    return ()


_Told = tuple[str, dict[str, float], float]  # message, evidence, confidence


def _all(recorded: RecordedSteps | None, losses: np.ndarray) -> np.ndarray:
    """Every finite loss: of the recorded batches, then of the epochs."""
    batches = np.empty(0) if recorded is None else recorded.loss
    both = np.concatenate([batches, losses])
    return both[np.isfinite(both)]


def _impossible(run: Run, recorded: RecordedSteps | None, losses: np.ndarray) -> _Told | None:
    known = _all(recorded, losses)
    pairs = paired_outputs(run)
    lowest = float(known.min()) if len(known) else 0.0
    # A penalty or an `add_loss` of a sign of its own, or rounding, may take a little off a loss near 0.
    scale = float(np.median(np.abs(known))) if len(known) else 0.0
    if lowest >= 0 or -lowest < scale / 2 or not pairs or not all(_never_negative(*pair) for pair in pairs):
        return None
    if _got_better(run):  # then something of a sign of its own was added to the loss
        return None
    name = str(pairs[0][0]["loss"]).replace("_", " ")
    message = f"The loss fell to {lowest:.3g}, but {name} cannot be below 0: its sign, or that of a weight of it, was turned."
    return message, {"lowest_loss": lowest}, 0.95


def _never_negative(output: OutputFact, target: TargetFact | None) -> bool:
    if output["loss"] in NEVER_NEGATIVE:
        return True
    if output["loss"] not in CROSS_ENTROPIES or target is None:
        return False
    return target["zero_one"] or target["rows_sum_to_one"] or output["loss"] == "sparse_categorical_crossentropy"


def _rewarded(run: Run, recorded: RecordedSteps | None, losses: np.ndarray) -> _Told | None:
    """A loss that nobody knows sinks below 0, and the score does not get better by it."""
    known = _all(recorded, losses)
    if not len(known) or known.min() >= 0:
        return None
    first, lowest = float(known[0]), float(known.min())
    better = _got_better(run)
    classes = _classes(run)
    if classes > 1 and better is not True:
        chance = math.log(classes)
        negated = -SIGNATURE * chance < first < -chance / SIGNATURE and lowest < -SIGNATURE * chance
        if negated:
            message = (
                f"The loss began at {first:.3g}, near the {-chance:.3g} that minus the loss of a random guess among {classes} "
                f"classes is, and sank to {lowest:.3g}: it rewards errors."
            )
            return message, {"first_loss": first, "lowest_loss": lowest}, 0.95 if better is False else 0.85
    if better is False and lowest < -SINKS * abs(first):
        message = f"The loss sank from {first:.3g} to {lowest:.3g}, while the score on the training rows did not get better."
        return message, {"first_loss": first, "lowest_loss": lowest}, 0.8
    return None


def _endless(run: Run, recorded: RecordedSteps | None, losses: np.ndarray) -> _Told | None:
    """A loss that nobody knows falls without end, until numbers end."""
    known = _all(recorded, losses)
    if not len(known) or not len(losses) or np.isfinite(losses[-1]) or _got_better(run) is not None:
        return None
    first, lowest = float(known[0]), float(known.min())
    if lowest > -ENDLESS * max(1.0, abs(first)):
        return None
    message = (
        f"The loss sank from {first:.3g} to {lowest:.3g} and on, until it was no finite number: nothing holds it from below."
    )
    return message, {"first_loss": first, "lowest_loss": lowest}, 0.7


def _turned(run: Run, recorded: RecordedSteps | None, losses: np.ndarray) -> _Told | None:
    """A loss that nobody knows falls, and what the network says of classes is turned round by it."""
    pairs = paired_outputs(run)
    output, target = pairs[0] if len(pairs) == 1 else (None, None)
    if output is None or target is None or output["loss"] in (*COMPARING, *CROSS_ENTROPIES, *HINGES):
        return None
    counts = list(target["class_counts"].values())
    scores = run.values("training_score", output["name"])
    known = len(counts) > 1 and len(counts) == target["classes"] and output["activation"] in PROBABILITIES
    if not known or len(losses) < 2 or len(scores) < 2 or not (losses[-1] < losses[0] and scores[-1] < scores[0]):
        return None
    rarest = min(counts) / sum(counts)
    error = math.sqrt(rarest * (1 - rarest) / max(1, target["rows"]))
    logged = [run.values(name, "train") for name in run.quantities if "acc" in name]
    right = max((float(values[-1]) for values in logged if len(values)), default=1.0)
    if not right < rarest - NO_BETTER * error:
        return None
    message = (
        f"The loss fell from {losses[0]:.3g} to {losses[-1]:.3g}, and with it the share of right answers to {right:.2g}: "
        f"less than the {rarest:.2g} of the rarest class."
    )
    return message, {"accuracy": right, "rarest_class": rarest, "last_loss": float(losses[-1])}, 0.9


def _inverted(run: Run, recorded: RecordedSteps | None, losses: np.ndarray) -> _Told | None:
    """A loss that nobody knows falls, and a mask comes out as its negative."""
    pairs = paired_outputs(run)
    output, target = pairs[0] if len(pairs) == 1 else (None, None)
    if output is None or target is None or output["loss"] in (*COMPARING, *CROSS_ENTROPIES, *HINGES):
        return None
    mask = target["zero_one"] and target["width"] > 1 and output["activation"] in PROBABILITIES
    alike = run.values("prediction_correlation", output["name"])
    if not mask or len(losses) < 2 or len(alike) < 2 or not (losses[-1] < losses[0] and alike[-1] < min(alike[0], INVERTED)):
        return None
    message = (
        f"The loss fell from {losses[0]:.3g} to {losses[-1]:.3g}, and with it the correlation of predictions and targets to "
        f"{alike[-1]:.2g}: what should be 1 becomes 0."
    )
    return message, {"prediction_correlation": float(alike[-1]), "last_loss": float(losses[-1])}, 0.9


def _classes(run: Run) -> int:
    targets: Sequence[TargetFact] = checked_fact(run, "targets") or ()
    return (targets[0]["classes"] or 0) if len(targets) == 1 else 0


def _got_better(run: Run) -> bool | None:
    """Whether the score of the training rows beats a constant, and is above its start; None where no score is known."""
    answers = [_score(run, name) for name in (run.places("training_score") if "training_score" in run.quantities else ())]
    answers += [_metric(run, name) for name in run.quantities if "acc" in name]
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None


def _score(run: Run, name: str) -> bool | None:
    scores = run.values("training_score", name)
    scores = scores[np.isfinite(scores)]
    constants = [fact for fact in checked_fact(run, "references") or () if fact["name"] == name]
    if len(scores) < 2:
        return None
    level = constants[0]["constant"] + NO_BETTER * constants[0]["deviation"] if constants else -math.inf
    return bool(scores[-1] > max(level, scores[0]))


def _metric(run: Run, name: str) -> bool | None:
    """By an accuracy that Keras logged; the largest class tells what a constant would get."""
    values = run.values(name, "train")
    values = values[np.isfinite(values)]
    targets: Sequence[TargetFact] = checked_fact(run, "targets") or ()
    if not len(values) or len(targets) != 1 or not targets[0]["classes"]:
        return None
    counts = targets[0]["class_counts"].values()
    level = max(counts) / sum(counts) if counts and sum(counts) else 1 / targets[0]["classes"]
    error = math.sqrt(level * (1 - level) / max(1, targets[0]["rows"]))
    return bool(values[-1] > level + NO_BETTER * error)


def _uphill(run: Run, recorded: RecordedSteps | None, losses: np.ndarray) -> _Told | None:
    if recorded is None:
        return None
    predicted = recorded.predicted[np.isfinite(recorded.predicted)]
    if len(predicted) < BEGINNING // 2:
        return None
    share = float(np.mean(predicted > 0))
    first, last = _ends(recorded, losses)
    if share < UPHILL or not (first > 0 and last >= RISE * first):
        return None
    message = (
        f"{share:.0%} of the recorded steps went uphill by their own gradient, and the loss rose from {first:.3g} "
        f"to {last:.3g}."
    )
    return message, {"uphill": share, "first_loss": first, "last_loss": last}, 0.95


def _ends(recorded: RecordedSteps, losses: np.ndarray) -> tuple[float, float]:
    """The first and the last loss that is known, of batches or else of epochs; a loss that broke down counts as infinite."""
    batches = recorded.loss if np.isfinite(recorded.loss).any() else losses
    if not len(batches):
        return math.nan, math.nan
    last = losses[-1] if len(losses) else batches[-1]
    return float(batches[0]), float(last) if math.isfinite(last) else math.inf


def _quiet_rise(run: Run, recorded: RecordedSteps | None, losses: np.ndarray) -> _Told | None:
    """The loss of a known kind grows from the first epoch on, and no step is long enough to overshoot."""
    reference = reference_loss(run)
    rising = losses[: int(np.argmax(np.diff(losses, append=-math.inf) <= 0)) + 1] if len(losses) else losses
    rising = rising[np.isfinite(rising)]
    if recorded is None or reference is None or len(rising) < EPOCHS or rising[0] <= 0:
        return None
    top = float(rising[-1])
    if top < DOUBLED * max(float(rising[0]), reference):
        return None
    scale = recorded.loss
    if not np.isfinite(scale).any():  # a `train_step` of its own tells the losses of epochs only
        scale = np.interp(recorded.steps, run.series("loss", "train")[0], np.nan_to_num(losses, nan=top, posinf=top))
    change = np.abs(recorded.predicted) / np.maximum(scale, np.finfo("float64").tiny)
    change = change[np.isfinite(recorded.predicted) & np.isfinite(scale)]
    if not len(change) or change.max() > CALM:
        return None
    message = (
        f"The loss rose from the first epoch on, from {rising[0]:.3g} to {top:.3g}, where a constant prediction costs "
        f"{reference:.3g}, although no step was long enough to overshoot: they predicted changes of at most "
        f"{change.max():.2g} of the loss, of 4 that it takes."
    )
    return message, {"first_loss": float(rising[0]), "last_loss": top, "largest_step": float(change.max())}, 0.7
