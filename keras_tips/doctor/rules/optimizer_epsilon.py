"""Rule: an epsilon that removes the optimizer's safety, or its adaptation."""

import math

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.recorded_steps import recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.facts import LayerFact, OptimizerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["optimizer_epsilon"]

# Kingma and Ba use 1e-8 and Keras 1e-7. Two orders below the smaller of them, gradients that are nothing but rounding noise
# of single precision (1e-7 of values that are themselves small) move a weight as far as real ones do.
TINY = 1e-10  # of the gradients' unit
# The squares of gradients below it are no normal numbers of single precision any more: the average of the squares becomes 0,
# and an epsilon below it is all that is left to divide by.
UNDERFLOW = 1e-19  # square root of the smallest normal number, 1.2e-38
# Steps are the gradient over its own size plus epsilon. At ten times that size they are less than a tenth of the learning
# rate, and in proportion to the gradient: plain gradient descent with a rate nobody chose.
DROWNS = 10.0  # epsilon over the root mean square of the gradient's entries
RAISED = 1e-5  # a hundredfold Keras's default; below, nobody has raised it, whatever the gradients are
LARGE = 1e-2  # where gradients were not measured: about what their entries are in a network that learns
ADAPTIVE = ("Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Adagrad", "Lamb")
NUMERATOR = ("Adadelta",)  # here epsilon is also what the first step is made of, so more is no harm
CAUSES = (
    *("learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient"),
    *("learning_rate_too_low", "oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained"),
)


@rule(stage="training", explains=CAUSES)
def optimizer_epsilon(run: Run) -> tuple[Finding, ...] | Missing:
    """The epsilon of an adaptive optimizer is so small that it guards nothing, or so large that nothing adapts.

    What it finds:
        An epsilon of Adam and its kin that is zero, negative or far below the usual, and one far above the gradients.

    Why it hurts:
        These optimizers divide each gradient by its own size plus epsilon. With a tiny one, a gradient that is rounding noise
        makes a full step, and one whose square is too small for single precision makes an enormous one. With a large
        one the steps shrink to a fraction of the learning rate.

    Evidence:
        The epsilon, and the root mean square of the entries of the measured gradients, as a median over the recorded steps.

    Threshold:
        Below 1e-10; or above 1e-5 and ten times the gradients' entries (above 0.01 where they were not measured). Warning
        where training suffers, else info.

    Remedy:
        The default of the optimizer, 1e-7.

    False alarms:
        Epsilons of 0.1 and 1 were recommended for some image networks, and 1e-15 for some that render scenes; where training
        goes well they are only told.

    References:
        Kingma, Ba: Adam: A Method for Stochastic Optimization, 2015. Szegedy et al.: Rethinking the Inception Architecture for
        Computer Vision, 2016 (epsilon 1.0 for RMSProp).
    """
    optimizer: OptimizerFact | None = checked_fact(run, "optimizer")
    if optimizer is None:
        return Missing("needs the optimizer")
    epsilon, name = optimizer["epsilon"], optimizer["name"]
    if epsilon is None or name not in (*ADAPTIVE, *NUMERATOR):
        return ()
    if not TINY <= epsilon < math.inf:  # NaN too
        return (_tiny(run, name, epsilon),)
    if name in NUMERATOR or epsilon <= RAISED:
        return ()
    entry = _entry(run)
    if epsilon < (LARGE if entry is None else DROWNS * entry):
        return ()
    return (_large(run, name, epsilon, entry),)


def _tiny(run: Run, name: str, epsilon: float) -> Finding:
    state = suffering(run)
    invalid = not 0 <= epsilon < math.inf
    if invalid:
        what = "is no positive number"
    elif epsilon < UNDERFLOW:
        what = "cannot stand in for a gradient whose square is too small for single precision"
    else:
        what = f"is {_factor(1e-7 / epsilon)} times below the default of 1e-7, so that rounding noise makes full steps"
    text = f"The epsilon {epsilon:.2g} of {name} {what}{state.ending()}"
    severity = state.severity("warning" if invalid else "info")
    return _made(severity, text, {"epsilon": epsilon, "default": 1e-7}, 0.8 if epsilon < UNDERFLOW or invalid else 0.6)


def _large(run: Run, name: str, epsilon: float, entry: float | None) -> Finding:
    state = suffering(run)
    evidence = {"epsilon": epsilon, "default": 1e-7}
    if entry is None:
        what = f"is {_factor(epsilon / 1e-7)} times the default of 1e-7"
    else:
        evidence["gradient_entry"] = entry
        what = f"is far above the gradient's entries of {entry:.2g}, so that steps are a small part of the learning rate"
    text = f"The epsilon {epsilon:.2g} of {name} {what}{state.ending()}"
    return _made(state.severity("info"), text, evidence, 0.6 if entry is None else 0.8)


def _made(severity: str, text: str, evidence: dict[str, float], sure: float) -> Finding:
    return Finding("optimizer_epsilon", severity, "training", text, (), evidence, ("default_epsilon",), sure)


def _factor(value: float) -> str:
    return f"{float(f'{value:.2g}'):,.0f}" if value < 1e6 else f"{value:.0e}"


def _entry(run: Run) -> float | None:
    """Root mean square of the entries of the gradient, as a median over the recorded steps; None where not measured."""
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    entries = sum(layer["parameters"] for layer in layers if layer["variables"])
    recorded = recorded_steps(run)
    if recorded is None or entries <= 0:
        return None
    norms = recorded.gradient[np.isfinite(recorded.gradient)]
    return float(np.median(norms)) / math.sqrt(entries) if len(norms) else None
