"""Rule: gradients that are out of all proportion, or grow until they are."""

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.recorded_steps import BEGINNING, RecordedSteps, recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.steep_start import STEEP, start_slope
from keras_tips.doctor.training_outcome import TrainingOutcome, training_outcome
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["exploding_gradient"]

# Two orders of magnitude above those of the beginning: with the same learning rate, a step as long as a hundred. Healthy runs
# stay within one; BTTackler (2024) and TheDeepChecker (2022) look for three and for endless doubling.
GROWN = 100.0  # gradient norm over that of the start
# A spike that is over at the next step is a bad batch. Three recorded steps, or the last numbers before NaN, are a state.
LASTS = 3  # recorded steps
# Only what reaches weights or loss does harm: clipping and adaptive optimizers take the size out of a gradient.
MOVED = 0.1  # length of one step over that of the weights; a hundred times the usual (Karpathy 2022)
JUMP = 2.0  # loss of a batch over that of the first
# An order of magnitude is what tells layers apart: what lies within it of the worst one takes part in the multiplying.
TAKES_PART = 0.1  # gradient of a layer, measured by its weights, or its growth, over that of the worst layer
FOLLOW = (
    *("loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient", "depth_degradation", "capacity_too_low"),
    *("oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained"),
)
TIPS = ("clip_gradients", "he_initialization", "batch_normalization", "residual", "lower_learning_rate")


@rule(stage="training", explains=FOLLOW)
def exploding_gradient(run: Run) -> tuple[Finding, ...] | Missing:
    """The gradient is out of all proportion to the weights, or grows until it is, and the steps with it.

    What it finds:
        Gradients that are extreme before the first update, as through many layers that each multiply them; and gradients that
        grow by orders of magnitude while training goes on, as through the many steps of a recurrent network.

    Why it hurts:
        One step throws the weights far away, where units are dead or saturated, or numbers end as NaN.

    Evidence:
        Per recorded step, the norms of gradients and weights, the length of the step against that of the weights, and the loss
        of the batch.

    Threshold:
        At the first step, gradient norm times weight norm above 1000 times what a constant prediction costs: a step of a
        thousandth of the weights' length would change all there is to learn. Or, at three recorded steps or at the last
        before NaN, a gradient of 100 times that of the start, with a step longer than a tenth of the weights, a batch loss of
        twice the first, or numbers that are none. And a result that is not good. Critical where nothing was learned or the
        loss is no number, else a warning.

    Remedy:
        Clip the gradients; initialize for the activation, normalize, or add residual connections; a lower learning rate.

    False alarms:
        A short spike, a large gradient that clipping or an adaptive optimizer tames, and one in a run that trains well
        are healthy.

    References:
        Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks, 2013. He, Zhang, Ren, Sun: Delving
        Deep into Rectifiers, 2015.
    """
    recorded = recorded_steps(run)
    if recorded is None:
        return Missing("needs the norms of gradients, weights and steps")
    outcome = training_outcome(run, recorded)
    if outcome is None:
        return Missing("needs the training loss, a positive one")
    if not outcome.bad:
        return ()
    slope = start_slope(run, recorded)
    if slope is not None and slope >= STEEP:
        told = f"Before the first update the gradient was extreme: a step of a thousandth of the weights' length promised \
{slope / STEEP:.2g} times all there is to learn"
        return (_finding(told, _steep_layers(run), {"slope": slope}, outcome),)
    growth = _growth(recorded.gradient)
    if growth < GROWN or not _harms(recorded, outcome):
        return ()
    told = f"The gradient grew to {growth:.2g} times its norm at the start"
    return (_finding(told, _grown_layers(run), {"growth": growth}, outcome),)


def _harms(recorded: RecordedSteps, outcome: TrainingOutcome) -> bool:
    """Whether the size of the gradient reached the weights or the loss."""
    first = recorded.loss[0] if len(recorded.loss) else np.nan
    far = bool((recorded.moved >= MOVED).any())
    return far or outcome.broken or bool((recorded.loss >= JUMP * first).any() and first > 0)


def _growth(gradient: np.ndarray) -> float:
    """How much larger than at the start the gradient was for some time, or when it was last seen before it was NaN."""
    sizes = np.where(np.isnan(gradient), np.nan, np.nan_to_num(gradient, posinf=np.finfo("float64").max))
    known = sizes[~np.isnan(sizes)]
    start = float(np.median(known[:BEGINNING])) if len(known) else 0.0
    # Where it exploded within the first steps, their median would be of the explosion.
    start = min(start, float(known[0])) if len(known) else 0.0
    if start <= 0:
        return 0.0
    lasting = float(np.sort(known)[-LASTS]) if len(known) > LASTS else 0.0
    broke = len(known) < len(gradient)
    return max(lasting, float(known[-1]) if broke else 0.0) / start


def _layers(run: Run) -> list[LayerFact]:
    return [layer for layer in checked_fact(run, "layers") or () if layer["variables"]]


def _norm(run: Run, quantity: str, layer: LayerFact) -> np.ndarray:
    """Over all variables of a layer together; empty where they were not recorded alike."""
    values = [run.values(quantity, path) for path in layer["variables"]]
    if len({len(value) for value in values}) != 1:
        return np.empty(0)
    with np.errstate(over="ignore"):
        return np.sqrt(np.sum(np.square(values), axis=0))


def _steep_layers(run: Run) -> tuple[str, ...]:
    """Layers by their gradient at the first step, measured by their weights."""
    ratios = []
    for layer in _layers(run):
        gradient, weight = _norm(run, "gradient_norm", layer), _norm(run, "weight_norm", layer)
        if len(gradient) and len(weight) and weight[0] > 0:
            ratios.append((float(gradient[0] / weight[0]), layer["name"]))
    return _worst(ratios)


def _grown_layers(run: Run) -> tuple[str, ...]:
    """Layers by the growth of their gradient; none where it grew everywhere, which no layer is to blame for."""
    layers = _layers(run)
    worst = _worst([(_growth(_norm(run, "gradient_norm", layer)), layer["name"]) for layer in layers])
    return worst if len(worst) < len(layers) else ()


def _worst(ratios: list[tuple[float, str]]) -> tuple[str, ...]:
    ratios = sorted((pair for pair in ratios if not np.isnan(pair[0])), key=lambda pair: -pair[0])
    return tuple(name for ratio, name in ratios if ratio > 0 and ratio >= TAKES_PART * ratios[0][0])


def _finding(told: str, layers: tuple[str, ...], evidence: dict[str, float], outcome: TrainingOutcome) -> Finding:
    severity = "critical" if outcome.hopeless else "warning"
    sure = 0.8 if outcome.exact or outcome.broken else 0.7
    evidence = {**evidence, "share": outcome.share}
    return Finding("exploding_gradient", severity, "training", f"{told}; {outcome.words}.", layers, evidence, TIPS, sure)
