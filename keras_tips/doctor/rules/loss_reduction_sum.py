"""Rule: the loss is summed over the batch instead of averaged."""

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import Suffering, suffering
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import FitFact, OptimizerFact, OutputFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["loss_reduction_sum"]

# These divide a gradient by its own size, so a factor on the loss leaves their steps as they are.
INDIFFERENT = ("Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Adagrad", "Adadelta", "Adafactor", "Lion", "Lamb", "Muon")
# A sum over this many rows is a step so many times longer. Below, the learning rate is off by less than people tune it.
FACTOR = 4.0  # rows per batch
CLEAR = 8.0  # rows per batch, from which a logged sum cannot be the few percent that dropout adds, or a weight of two
ALIKE = 1.5  # factor: the mean over an epoch is that of rows met on the way, a look's that of some rows at its end
HALF = 0.5  # share of what there is to learn; a run that learned less counts as poor where no score tells more
CAUSES = (
    *("learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient"),
    *("oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained"),
)


@rule(stage="training", explains=CAUSES)
def loss_reduction_sum(run: Run) -> tuple[Finding, ...] | Missing:
    """The loss is the sum over the rows of a batch, so the step grows with the batch size.

    What it finds:
        Outputs whose loss has the reduction `"sum"`, and training steps of one's own that log as many times the mean loss of
        the same rows as a batch has rows, while validation logs a mean.

    Why it hurts:
        Plain gradient descent makes a step that is as many times longer as the batch has rows, and another batch size asks
        for another learning rate; a rate that is right for a mean lets a sum diverge. Penalties on weights lose their meaning
        against it, and the logged loss can be compared with nothing.

    Evidence:
        The reduction of each loss, the batch size, the learning rate; the logged loss over the loss of the rows looked at.

    Threshold:
        Warning where training suffers, a batch has 4 rows or more, and the optimizer does not divide gradients by their own
        size; else info.

    Remedy:
        The mean over the batch, which is Keras's default; or a learning rate divided by the batch size.

    False alarms:
        Sums with Adam and its kin, and sums with a learning rate that was chosen for them, train well and are only told. A sum
        over the pixels of a row is none over the batch.

    References:
        Goyal et al.: Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017, section 3.
    """
    outputs: list[OutputFact] | None = checked_fact(run, "outputs")
    if outputs is None:
        return Missing("needs the losses of the outputs")
    summed = [output for output in outputs if output["reduction"] == "sum"]
    if summed:
        return (_finding(run, f"The loss {summed[0]['loss']} is", len(summed)),)
    times = _logged_times(run)
    return () if times is None else (_finding(run, f"The training step logs {times:.0f} times the loss of its rows: it is", 1),)


def _logged_times(run: Run) -> float | None:
    """How many times the loss of a row the logged loss is, where at each look that is about what a sum makes of it."""
    fit: FitFact | None = checked_fact(run, "fit")
    rows = float(fit["batch_size"] or 0) if fit is not None else 0.0
    times, beside = _times(run, "train"), _times(run, "validation")
    if rows < CLEAR or len(times) < 2 or not _alike(times, rows) or not (len(beside) and _alike(beside, 1.0)):
        return None
    return float(np.median(times))


def _times(run: Run, place: str) -> np.ndarray:
    """The loss logged of an epoch over the one of rows looked at after it, for each look."""
    if not {"loss", "inference_loss"} <= set(run.quantities):
        return np.empty(0)
    known = [run.series(quantity, place) for quantity in ("loss", "inference_loss") if place in run.places(quantity)]
    if len(known) < 2:
        return np.empty(0)
    (epochs, logged), (looks, seen) = known
    logged, seen = logged[np.isin(epochs, looks)], seen[np.isin(looks, epochs)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(logged / seen)


def _alike(times: np.ndarray, wanted: float) -> bool:
    return bool(np.isfinite(times).all() and (times > wanted / ALIKE).all() and (times < wanted * ALIKE).all())


def _finding(run: Run, whose: str, outputs: int) -> Finding:
    fit: FitFact | None = checked_fact(run, "fit")
    optimizer: OptimizerFact | None = checked_fact(run, "optimizer")
    rows = float(fit["batch_size"] or 0) if fit is not None else 0.0
    rate = optimizer["learning_rate"] if optimizer is not None else None
    indifferent = optimizer is not None and optimizer["name"] in INDIFFERENT
    state = _state(run, rows)
    matters = not indifferent and (not rows or rows >= FACTOR)
    severity = state.severity("info") if matters else "info"
    text = f"{whose} summed over the batch"
    evidence = {"batch_size": rows, "outputs": float(outputs)}
    if rows:
        text += f" of {rows:.0f} rows, so its gradient is {rows:.0f} times that of a mean"
    if rate is not None and rows and not indifferent:
        evidence |= {"learning_rate": rate, "rate_for_a_mean": rate * rows}
        text += f", as with a learning rate of {rate * rows:.3g} instead of {rate:.3g}"
    if indifferent and optimizer is not None:
        text += f"; {optimizer['name']} does not mind."
    else:
        text += state.ending()
    tips = ("mean_reduction", "lower_learning_rate")
    return Finding("loss_reduction_sum", severity, "training", text, (), evidence, tips, 0.9 if rows else 0.7)


def _state(run: Run, rows: float) -> Suffering:
    """How the run fares. A logged sum is as many times the mean as the batch has rows, which matters without a score."""
    state, result = suffering(run), training_result(run)
    if state.poor is None or not state.learned or "training_score" in run.quantities or result is None:
        return state
    learned = 1 - result.share / max(1.0, rows if result.exact else 1.0)
    return Suffering(
        learned < HALF, learned <= 0, learned, f"training learned {max(0.0, learned):.0%} of what there is to learn"
    )
