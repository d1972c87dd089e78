"""Rule: dropout so strong that training suffers."""

import math
from collections.abc import Sequence

from keras_tips.doctor.attainment import Attainment, attainment
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.every_path import every_path
from keras_tips.doctor.layer_graph import LayerGraph, hands_on, layer_graph
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.mode_losses import ModeLosses, mode_losses
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["dropout_too_high"]

# What a value carries through a layer that drops the share p and scales the rest has noise of p / (1 - p) times its own power;
# through several layers, the product of all 1 / (1 - p), less 1. The usual rate of 0.5 makes them equal.
STRONG = 1.5  # power of noise over that of the signal: one layer at 0.6, or two at 0.37
# Beyond this less than a tenth of the power is signal, also in wide layers whose units share the same noise upstream.
DROWNING = 10.0  # the same ratio: one layer at 0.91, two at 0.7, three at 0.55
# A quarter of what the network knows is lost in training mode, so that gradients are computed from answers much worse than its
# own.
LOST = 0.25  # share of what is learned at inference


@rule(
    stage="training",
    explains=(
        *("dead_units", "vanishing_gradient", "depth_degradation", "capacity_too_low", "oscillating_loss", "plateau"),
        *("saddle_point", "local_minimum", "undertrained", "exploding_gradient"),
    ),
)
def dropout_too_high(run: Run) -> tuple[Finding, ...] | Missing:
    """Dropout takes away so much that the network does not learn what it could.

    What it finds:
        High rates, or many layers of dropout in a row, in a run that is bad on its training rows at inference too.

    Why it hurts:
        Each layer of dropout hands on a signal with noise. If more noise than signal arrives at the loss, gradients point
        anywhere.

    Evidence:
        The rates of the dropout layers that all data pass; the loss of the same training rows with dropout and without; what
        training learned at inference.

    Threshold:
        Training learned 0.15 of everything less than a simple predictor does for rows it never saw, and: noise of 1.5 times
        the signal (one rate of 0.6) and a quarter of what the network knows is lost with dropout on; or noise of 10 times the
        signal, where nothing was learned. Warning. Info where only the logged loss looks bad. Behind the last weights any rate
        is one too many: warning where training is bad or was not seen yet, else info.

    Remedy:
        A lower rate, 0.5 at most in hidden layers; fewer layers of dropout; wider layers.

    False alarms:
        The logged training loss is that with dropout on, and may be far above the validation loss in a healthy run. A rate of
        0.5 in wide layers is healthy.

    References:
        Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout, 2014, section 7.3.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None:
        return Missing("needs the layers")
    dropping = _dropping(layers)
    last = _on_predictions(run)
    if last is not None:
        return (last,)
    noise = math.prod(1 / max(1e-9, 1 - (layer["rate"] or 0.0)) for layer in dropping) - 1
    if noise < STRONG:
        return ()
    learned, losses = attainment(run), mode_losses(run)
    if learned is None or losses is None:
        return Missing("needs the loss of training rows with dropout and without, and what training learned")
    lost = losses.noise
    drowned = noise >= DROWNING and lost is None
    if learned.poor and (drowned or (lost is not None and lost >= LOST)):
        return (_finding("warning", dropping, noise, losses, learned),)
    result = training_result(run)
    only_looks_bad = not learned.poor and lost is not None and lost >= LOST and result is not None and not result.good
    return (_finding("info", dropping, noise, losses, learned),) if only_looks_bad else ()


def _drops(layer: LayerFact) -> bool:
    return "Dropout" in layer["kind"] and 0 < (layer["rate"] or 0.0) <= 1


def _dropping(layers: Sequence[LayerFact]) -> list[LayerFact]:
    """The dropout layers that all data pass, highest rate first; all of them where nobody knows what reads what."""
    found = [layer for layer in layers if _drops(layer)]
    if any(layer["inbound"] for layer in layers):
        passed = every_path(layers)
        found = [layer for layer in found if layer["name"] in passed]
    return sorted(found, key=lambda layer: -(layer["rate"] or 0.0))


def _on_predictions(run: Run) -> Finding | None:
    """Dropout behind the last weights: what it drops are the answers themselves."""
    graph = layer_graph(run)
    if graph is None or not graph.known:
        return None
    last = [layer for layer in graph.layers if _drops(layer) and _behind_the_output(graph, layer)]
    if not last or graph.reached(last[0], _keeps_answers):
        return None
    name, rate, state = last[0]["name"], last[0]["rate"] or 0.0, suffering(run)
    message = f"{name} stands behind the last weights, so that {rate:.0%} of the predictions themselves are 0 in training"
    evidence = {"highest_rate": rate}
    tips = ("lower_dropout",)
    text, severity = message + state.ending(), state.severity()
    return Finding("dropout_too_high", severity, "training", text, (name,), evidence, tips, 0.9)


def _behind_the_output(graph: LayerGraph, layer: LayerFact) -> bool:
    left, seen = [layer], {layer["name"]}  # a run from a file may have any edges, rings too
    while left:
        for source in graph.sources(left.pop()):
            if source["output"]:
                return True
            if _keeps_answers(source) and source["name"] not in seen:
                seen.add(source["name"])
                left.append(source)
    return False


def _keeps_answers(layer: LayerFact) -> bool:
    return hands_on(layer) or layer["kind"] in ("Activation", "Softmax")


def _finding(severity: str, dropping: list[LayerFact], noise: float, losses: ModeLosses, learned: Attainment) -> Finding:
    rates = ", ".join(f"{layer['rate']:g}" for layer in dropping[:5])
    message = (
        f"Dropout at {'a rate' if len(dropping) == 1 else 'rates'} of {rates} makes noise of {min(noise, 1e6):.2g} times the "
        f"signal: the same training rows cost {losses.training:.3g} with it and {losses.inference:.3g} without; {learned}."
    )
    evidence = {
        "noise": noise,
        "highest_rate": dropping[0]["rate"] or 0.0,
        "loss_with_dropout": losses.training,
        "loss_without": losses.inference,
        "learned": learned.learned,
    }
    # Where nothing was learned, something else may be to blame; less likely so, the more noise there is.
    sure = 0.85 if losses.noise is not None else min(0.85, 0.5 + 0.1 * math.log10(noise))
    layers = tuple(layer["name"] for layer in dropping)
    return Finding("dropout_too_high", severity, "training", message, layers, evidence, ("lower_dropout", "more_units"), sure)
