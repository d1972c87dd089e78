"""Rule: early layers' gradients orders of magnitude below late layers', and learning suffers."""

import numpy as np

from keras_tips.doctor.attainment import LACK, attainment, gain
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import NOTHING_LEARNED, TrainingResult, training_result
from keras_tips.records.facts import LayerFact, TimeReachFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["vanishing_gradient"]

# Two orders of magnitude between the first layer and the last: the first takes a hundred epochs for what the last does in
# one. Healthy initializations (Glorot and Bengio 2010, He et al. 2015) keep the ratio near 1 at any depth, and a chain of
# sigmoids, each of which takes at least three quarters of it away, passes the mark at four layers. AUTOTRAINER takes 1e-3,
# BTTackler 1e-4, both without looking at the size of the weights; DeepDiagnosis takes an absolute 1e-7, which small networks
# never reach.
DECAY = 1e-2  # relative gradient of a layer over that of the output layer
# Three orders, AUTOTRAINER's mark: here adaptive optimizers may get going at last, and still are held up.
STRONG_DECAY = 1e-3  # the same ratio
# Learning suffers where at least a third of the epochs brought nothing: less is the slow start that many healthy runs have.
IDLE = 1 / 3  # share of the epochs
EPOCHS = 2  # one epoch alone cannot show that nothing was learned
START = 0.25  # share of the recorded steps that count as the start, where weights are still near their initial values
# These begin at 0 or 1 and are moved by sums of gradients, or get a gradient for the rows of a batch only.
# A twentieth of the deviation is a four-hundredth of the variance: it drowns in what the second half brings.
REACH = 0.05  # deviations
NOT_COMPARED = ("Embedding", "Normalization", "PReLU")


CAUSES = (
    *("depth_degradation", "capacity_too_low", "learning_rate_too_low", "plateau", "saddle_point", "local_minimum"),
    *("undertrained", "data_without_signal"),
)


@rule(stage="training", explains=CAUSES)
def vanishing_gradient(run: Run) -> tuple[Finding, ...] | Missing:
    """The gradient shrinks on its way back from the loss, so the early layers stand still and learning suffers.

    What it finds:
        Layers whose gradient is a hundred times smaller, measured by their weights, than that of the output layer, in a run
        whose loss stays at what a constant prediction costs. And recurrent layers that forget the first half of a sequence in
        which stands what is asked for: over time, the gradient vanishes as the memory does.

    Why it hurts:
        Each sigmoid multiplies the gradient by at most a quarter. After a few of them the first layers stay at their random
        values, and the last ones have to make do with features that say nothing.

    Evidence:
        Per layer, the norm of its gradient over the norm of its weights, at the first step and as a median over the first
        quarter of the recorded steps; the training loss per epoch against that of a constant prediction. Where too little was
        learned of sequences of 20 steps or more: how far another first half moves what the layer gives at the end, and what a
        linear readout of all steps, and of the second half, scores.

    Threshold:
        A ratio below 1/100 to the output layer, and at least a third of two or more epochs in which nothing was learned; or a
        ratio below 1/1000, and a loss that is still above a quarter of a constant prediction's; or a first half that moves the
        end by less than a twentieth of its deviation, and without which a readout loses 0.15 of what there is to learn.
        Critical where nothing was learned at the end either, else a warning. No finding where the network does as well as
        simple predictors of the same rows do. Gradients of exactly 0 are dead units, which is another ailment.

    Remedy:
        ReLU or Maxout in place of sigmoid and tanh, an initialization that fits the activation, residual connections. Over
        time: gates (LSTM, GRU) in place of a simple recurrent layer, fewer steps, an adaptive optimizer.

    False alarms:
        Small gradients alone are no sickness: converged runs have them, and every run that learns is healthy here, ten layers
        of tanh and twelve of ReLU among them.

    References:
        Hochreiter: The Vanishing Gradient Problem During Learning Recurrent Neural Nets and Problem Solutions, 1998.
        Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010.
    """
    forgotten = _forgotten(run)
    if forgotten is not None:
        return (forgotten,)
    gradients = _relative_gradients(run)
    if isinstance(gradients, Missing):
        return gradients
    result = training_result(run)
    if result is None or result.epochs < EPOCHS:
        return Missing(f"needs the training loss, a positive one, of at least {EPOCHS} epochs")
    *early, (last, reference) = gradients
    weak = sorted((value / reference, name) for name, value in early if 0 < value < DECAY * reference)
    found = attainment(run)
    if result.share > NOTHING_LEARNED and found is not None and found.attainable is not None and not found.poor:
        return ()  # hardly anything can be learned of these rows, and it was
    suffers = result.idle >= IDLE or (weak and weak[0][0] < STRONG_DECAY and not result.very_good)
    return (_finding(weak, last, result),) if weak and suffers else ()


def _forgotten(run: Run) -> Finding | None:
    """A recurrent layer to whose end the first half of the sequence does not come, though it says what is asked for."""
    known: TimeReachFact | None = checked_fact(run, "time_reach")
    learned = attainment(run)
    if known is None or learned is None or not learned.poor or not known["reach"] < REACH:
        return None
    said, late = gain(known["whole"], known["constant"]), gain(known["late"], known["constant"])
    if not said - late > LACK:
        return None
    message = (
        f"{known['layer']} forgets the beginning: another first half of its {known['steps']} steps moves what it gives at the "
        f"end by {known['reach']:.2g} of its deviation, so the gradient does not come there either, and a linear readout of "
        f"all steps scores {known['whole']:.2f}, of the second half alone {known['late']:.2f}; {learned}."
    )
    evidence = {name: float(known[name]) for name in ("steps", "reach", "whole", "late")}
    severity = "critical" if learned.nothing else "warning"
    return Finding("vanishing_gradient", severity, "training", message, (known["layer"],), evidence, OVER_TIME, 0.85)


OVER_TIME = ("adam",)
TIPS = ("relu", "he_initialization", "batch_normalization", "residual", "maxout")


def _finding(weak: list[tuple[float, str]], last: str, result: TrainingResult) -> Finding:
    stuck = result.share > NOTHING_LEARNED
    worst, name = weak[0]
    level = "a constant prediction's" if result.exact else "the first epoch's"
    message = (
        f"The gradient of {name}, measured by its weights, is {_times(1 / worst)} times smaller than that of {last}, and the "
        f"training loss stayed near {level} {result.reference:.3g} for {result.idle:.0%} of the epochs (now {result.loss:.3g})."
    )
    evidence = {
        "ratio": worst,
        "layers": len(weak),
        "idle_epochs": result.idle,
        "loss": result.loss,
        "reference": result.reference,
    }
    # Surer where the ratio lies far below the mark and where the level of no learning is known.
    sure = min(0.95, 0.6 + 0.1 * np.log10(DECAY / worst)) - (0 if result.exact else 0.1)
    severity = "critical" if stuck else "warning"
    layers = tuple(name for _, name in weak)
    return Finding("vanishing_gradient", severity, "training", message, layers, evidence, TIPS, float(sure))


def _times(factor: float) -> str:
    """Two digits of a factor, written out where a person can take it in: 1,800 and not 1.8e+03."""
    return f"{float(f'{factor:.2g}'):,.0f}" if factor < 1e6 else f"{factor:.2g}"


def _relative_gradients(run: Run) -> list[tuple[str, float]] | Missing:
    """(layer, gradient norm over weight norm at the start of the run) along the depth, without what cannot be compared."""
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None or not {"gradient_norm", "weight_norm"} <= set(run.quantities):
        return Missing("needs the layers, and the norms of gradients and weights")
    measured = [(layer["name"], _relative(run, layer["variables"])) for layer in layers if _comparable(layer)]
    known = [(name, value) for name, value in measured if value is not None and np.isfinite(value)]
    if len(known) < 2 or known[-1][1] == 0:
        return Missing("needs gradients that are not zero in at least two layers")
    return known


def _comparable(layer: LayerFact) -> bool:
    return bool(layer["variables"]) and not any(part in layer["kind"] for part in NOT_COMPARED)


def _relative(run: Run, variables: list[str]) -> float | None:
    """||gradient|| / ||weights|| of a layer, over all its variables together: the median of the first steps, or the very first.

    The larger of the two counts. So a layer that began well, and was broken by the first updates, is left to other rules.
    """
    gradient, weight = (_norm(run, quantity, variables) for quantity in ("gradient_norm", "weight_norm"))
    count = max(1, int(len(gradient) * START))
    if not len(gradient) or len(gradient) != len(weight) or not weight[:count].all():
        return None
    ratio = gradient[:count] / weight[:count]
    return float(max(ratio[0], np.median(ratio)))


def _norm(run: Run, quantity: str, variables: list[str]) -> np.ndarray:
    values = [run.values(quantity, path) for path in variables]
    if len({len(value) for value in values}) != 1:
        return np.empty(0)
    return np.sqrt(np.sum(np.square(values), axis=0))
