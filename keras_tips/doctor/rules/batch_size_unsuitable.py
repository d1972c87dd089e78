"""Rule: batches so large that there are hardly any updates, or so small that their noise drowns the gradient."""

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.loss_pace import LossPace, loss_pace
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.recorded_steps import RecordedSteps, recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_outcome import TrainingOutcome, training_outcome
from keras_tips.records.facts import FitFact, InputFact, LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["batch_size_unsuitable"]

USUAL = 32  # rows; what Keras takes, and what Bengio recommends to start with
# Eight times the usual batch gives an eighth of the updates. Below that, the batch is not what makes them few.
LARGE = 256  # rows
# Adam moves a weight by at most the learning rate in a step, a thousandth by default: a hundred steps by at most 0.1, about
# what initializers give to weights of a hundred inputs. Fewer cannot do more than rescale what was drawn.
UPDATES = 100  # steps of the whole run
# Where the loss came to rest, more updates are no help. A fifth of the first half's fall is what is left of a curve that halves
# its distance to the bottom five times.
KEPT = 0.2  # fall in the second half over that in the first
FALL = 0.02  # fall of the loss in the whole run over that of a constant prediction; at less, ten times the updates are no help
CLEAR = 3.0  # deviations that the fall has to stand out of the noise of the losses: the usual three sigma
# Averages over so few rows have, to a quarter and more, the deviation of the gradient of a single one.
SMALL = 4  # rows
# A step that promises a fifth of the loss of its own batch, over and over, would be done after five of them, if what it takes
# from this batch were not given back by the next.
PROMISE = 0.2  # median of the predicted fall of one step over the loss that is there
DROWNED = 0.1  # fall of the loss in the whole run over the fall that all steps predicted
TWICE = 2.0  # logged loss over that of the same network with the statistics of more rows
FOLLOW = ("learning_rate_too_high", "oscillating_loss", "plateau", "local_minimum", "undertrained", "learning_rate_too_low")


@rule(stage="training", explains=FOLLOW)
def batch_size_unsuitable(run: Run) -> tuple[Finding, ...] | Missing:
    """The batch is so large that the run has hardly any updates, or so small that its noise drowns the gradient.

    What it finds:
        Runs of a few steps with a large batch, whose loss is still falling; runs whose one to four rows per step undo each
        other's work.

    Why it hurts:
        An optimizer learns by steps, not by rows: a step on all rows is hardly better than one on 32. A gradient from one row
        points at that row, and a step along it forgets the others.

    Evidence:
        Batch size, steps and epochs of the call of `fit`; the fall of the training loss in both halves of the run, and
        against what the steps predicted; and what a constant prediction costs.

    Threshold:
        Result not good, and either a batch of at least 256 rows, fewer than 100 steps in all, and a second half of the run that
        brought at least a fifth of the first's fall; or a batch of at most 4 rows, steps that each promise a fifth of the
        loss in the median, and a fall of less than a tenth of all that was promised; or batch normalization of tables over so
        few rows, with twice the loss that the network has over more rows at a time.
        Warning. Critical: batches of one row of a table, and batch normalization.

    Remedy:
        Begin with batches of 32 rows.

    False alarms:
        Full batches over many epochs, and single rows with a small learning rate, train well and are healthy.

    References:
        Bengio: Practical Recommendations for Gradient-Based Training of Deep Architectures, 2012, section 3.1.2. McCandlish and
        others: An Empirical Model of Large-Batch Training, 2018.
    """
    fit: FitFact | None = checked_fact(run, "fit")
    recorded = recorded_steps(run)
    outcome = training_outcome(run, recorded)
    if fit is None or not fit["batch_size"] or outcome is None:
        return Missing("needs the batch size, and the training loss, a positive one")
    size = fit["batch_size"]
    if not outcome.bad:
        return ()
    if size == 1 and _normalized_tables(run):
        return (_one_row(run, outcome),)
    noisy = _noisy_statistics(size, run, outcome) if size <= SMALL else None
    if noisy is not None:
        return (noisy,)
    if size >= LARGE:
        return _few_updates(size, _updates(run, fit), loss_pace(run), outcome)
    return _noise(size, run, recorded, outcome) if size <= SMALL and recorded is not None else ()


def _normalized_tables(run: Run) -> list[str]:
    """Names of the layers that normalize over the rows of a batch and nothing else: one row is then its own mean."""
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    inputs: list[InputFact] = checked_fact(run, "inputs") or []
    folded = any(part in layer["kind"] for layer in layers for part in ("Reshape", "RepeatVector", "Embedding"))
    flat = bool(inputs) and all(len(fact["shape"]) == 1 and not fact["embedded"] for fact in inputs)
    flattened = [number for number, layer in enumerate(layers) if layer["kind"] == "Flatten" or "Global" in layer["kind"]]
    behind = layers if flat else layers[flattened[0] :] if flattened else []
    return [] if folded else [each["name"] for each in behind if each["kind"] == "BatchNormalization" and each["trainable"]]


def _one_row(run: Run, outcome: TrainingOutcome) -> Finding:
    names = _normalized_tables(run)
    message = (
        f"Over a batch of one row, batch normalization gives the same outputs whatever the row: nothing passes {names[0]} in "
        f"training; {outcome.words}."
    )
    evidence = {"batch_size": 1.0, "layers": float(len(names)), "share": outcome.share}
    return Finding("batch_size_unsuitable", "critical", "training", message, tuple(names), evidence, ("larger_batch",), 0.95)


def _noisy_statistics(size: int, run: Run, outcome: TrainingOutcome) -> Finding | None:
    """Batch normalization over a few rows, with which a step fares far worse than with the statistics of many."""
    names, logged, calm = _normalized_tables(run), run.values("loss", "train"), last_look(run, "training_mode_loss", "train")
    if not names or calm is None or not logged[-1] >= TWICE * calm:
        return None
    message = (
        f"Batch normalization takes mean and deviation of {size} rows at a time, which are mostly noise: steps end at a loss "
        f"of {logged[-1]:.3g}, and the same network, over more rows at a time, at {calm:.3g}; {outcome.words}."
    )
    evidence = {"batch_size": float(size), "loss": float(logged[-1]), "loss_over_more_rows": calm, "share": outcome.share}
    return Finding("batch_size_unsuitable", "warning", "training", message, tuple(names), evidence, ("larger_batch",), 0.8)


def _updates(run: Run, fit: FitFact) -> int:
    """Steps that were taken: the last epoch ended with number steps - 1."""
    steps = run.series("loss", "train")[0]
    return max(int(steps[-1]) + 1, len(steps) * (fit["steps"] or 0))


def _few_updates(size: int, updates: int, pace: LossPace | None, outcome: TrainingOutcome) -> tuple[Finding, ...]:
    falls = pace is None or (pace.kept >= KEPT and pace.first + pace.second >= max(FALL * outcome.level, CLEAR * pace.noise))
    if updates >= UPDATES or outcome.broken or not falls:
        return ()
    state = "" if pace is None else ", and the loss was still falling"
    message = (
        f"With batches of {size} rows the whole run had only {updates} updates{state}; {outcome.words}. "
        f"Batches of {USUAL} rows would give {size // USUAL} times as many."
    )
    evidence = {"batch_size": size, "updates": updates, "kept_pace": pace.kept if pace else np.nan, "share": outcome.share}
    sure = 0.8 if pace is not None and outcome.exact else 0.6
    tips = ("smaller_batch", "more_epochs")
    return (Finding("batch_size_unsuitable", "warning", "training", message, (), evidence, tips, sure),)


def _noise(size: int, run: Run, recorded: RecordedSteps, outcome: TrainingOutcome) -> tuple[Finding, ...]:
    promises = recorded.promise[np.isfinite(recorded.promise)]
    promise = float(np.median(promises)) if len(promises) else 0.0
    fall = max(outcome.level - outcome.loss, 0.0)
    if outcome.broken or not (promise >= PROMISE and fall < DROWNED * recorded.promised):
        return ()
    message = (
        f"Batches of {size} row{'s'[: size != 1]} are mostly noise: their steps promised the loss to fall by "
        f"{recorded.promised:.2g} in all, and it is {fall:.2g} below the start; {outcome.words}."
    )
    evidence = {"batch_size": size, "promised": recorded.promised, "fall": fall, "promise": promise, "share": outcome.share}
    tips = ("larger_batch", "lower_learning_rate")
    return (Finding("batch_size_unsuitable", "warning", "training", message, (), evidence, tips, 0.6),)
