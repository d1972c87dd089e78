"""Rule: a learning rate that is zero, negative or not finite."""

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.facts import OptimizerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["learning_rate_invalid"]

# A schedule that ends at zero is at zero for its last step; one that stands there for half the training wasted half of it.
STANDSTILL = 0.5  # share of the steps
CAUSES = (
    *("gradient_ascent", "learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units"),
    *("learning_rate_too_low", "oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained"),
)


@rule(stage="setup", explains=CAUSES)
def learning_rate_invalid(run: Run) -> tuple[Finding, ...] | Missing:
    """The learning rate is zero, negative, NaN or infinite.

    What it finds:
        An optimizer with such a rate, a schedule or a callback that makes one of it, and a schedule that stands at zero for
        at least half the training.

    Why it hurts:
        At zero nothing moves, below zero every step climbs the loss, and a rate that is no finite number makes all weights so.

    Evidence:
        The rate that the optimizer was given, and the rate of every recorded step, which is what a schedule, a callback or a
        person made of it.

    Threshold:
        None for the sign: a rate is above zero and finite or it is not. Critical where no step had a valid rate, or steps had
        a negative one or none; warning where half of the steps or more stood at zero and training suffers, else info.

    Remedy:
        A positive rate: 0.001 for Adam, 0.01 to 0.1 for plain gradient descent. In a schedule, end at a small rate instead of
        crossing zero.

    False alarms:
        A warm-up that begins at zero, a cosine that ends there, and a rate of zero that a callback replaces before the first
        step are healthy.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 8.3.
    """
    optimizer: OptimizerFact | None = checked_fact(run, "optimizer")
    steps, rates = _series(run)
    if len(rates):
        return _of_steps(run, steps, rates)
    if optimizer is None or optimizer["learning_rate"] is None:
        return Missing("needs the learning rate")
    rate = optimizer["learning_rate"]
    return () if np.isfinite(rate) and rate > 0 else (_critical(rate, f"The learning rate is {rate:g}: {_fate(rate)}.", 1.0),)


def _series(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """(steps, rates) of the training; empty where none was recorded."""
    places = run.places("learning_rate") if "learning_rate" in run.quantities else ()
    return run.series("learning_rate", places[0]) if places else (np.empty(0), np.empty(0))


def _of_steps(run: Run, steps: np.ndarray, rates: np.ndarray) -> tuple[Finding, ...]:
    if not (np.isfinite(rates) & (rates > 0)).any():
        text = f"The learning rate of all {len(rates)} recorded steps is {rates[0]:g}: {_fate(float(rates[0]))}."
        return (_critical(float(rates[0]), text, 1.0),)
    wrong = ~np.isfinite(rates) | (rates < 0)
    if wrong.any():
        first = int(wrong.argmax())
        share = _share(steps, wrong)
        rate = float(rates[first])
        when = f"at step {int(steps[first])}, and wrong for {share:.0%} of the training"
        text = f"The learning rate is {rate:g} {when}: {_fate(rate)}."
        return (_critical(rate, text, share),)
    share = _share(steps, rates == 0)
    if share < STANDSTILL:
        return ()
    state = suffering(run)
    text = f"The learning rate stands at 0 for {share:.0%} of the training, in which nothing moves{state.ending()}"
    evidence = {"learning_rate": 0.0, "share_of_steps": share}
    tips = ("learning_rate_schedule", "higher_learning_rate")
    return (Finding("learning_rate_invalid", state.severity("info"), "setup", text, (), evidence, tips, 0.9),)


def _share(steps: np.ndarray, which: np.ndarray) -> float:
    """Share of the training that these recorded steps stand for: each for itself and up to the next one."""
    lengths = np.diff(steps, append=steps[-1] + 1).astype("float64")
    return float(lengths[which].sum() / lengths.sum())


def _fate(rate: float) -> str:
    if rate == 0:
        return "no step moves anything"
    return "every step climbs the loss" if np.isfinite(rate) else "such a step makes every weight infinite or NaN"


def _critical(rate: float, text: str, share: float) -> Finding:
    tips = ("higher_learning_rate", "adam") if rate == 0 else ("adam", "learning_rate_schedule")
    evidence = {"learning_rate": rate, "share_of_steps": share}
    return Finding("learning_rate_invalid", "critical", "setup", text, (), evidence, tips, 1.0)
