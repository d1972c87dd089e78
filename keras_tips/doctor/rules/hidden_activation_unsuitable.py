"""Rule: softmax, or another output activation, inside the network."""

from collections.abc import Sequence

from keras_tips.doctor.layer_graph import LayerGraph, averages, hands_on, layer_graph, maps, normalizes
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["hidden_activation_unsuitable"]

COMPETING = ("softmax", "sparsemax", "log_softmax")  # all units of a place share one unit of probability
# Layers that take what they read for features. Whatever multiplies, adds or attends takes it for weights or for a guess.
READING = (
    *("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D"),
    *("LSTM", "GRU", "SimpleRNN", "Bidirectional", "Softmax", "Activation"),
)
CAUSES = (
    *("initialization_scale", "saturated_units", "vanishing_gradient", "depth_degradation", "capacity_too_low"),
    *("learning_rate_too_low", "plateau", "saddle_point", "local_minimum", "undertrained"),
)


@rule(stage="setup", explains=CAUSES)
def hidden_activation_unsuitable(run: Run) -> tuple[Finding, ...] | Missing:
    """A hidden layer has an activation that is made for outputs.

    What it finds:
        Softmax and its kin on a layer whose result is read as features by the next dense, convolutional or recurrent layer.

    Why it hurts:
        The units compete for a sum of 1: with n of them each is about 1/n, whatever the input is, so that signal and gradient
        shrink by about n at every such layer; and a unit can only grow where the others shrink.

    Evidence:
        The activation of each hidden layer, and which layers read it.

    Threshold:
        None: such an activation is there or it is not. Warning where training suffers or was not seen yet; info where it does
        well, or where nobody knows what reads the layer.

    Remedy:
        ReLU or one of its kin in hidden layers.

    False alarms:
        Attention, gates and mixtures of experts use softmax inside the network, and multiply with it: what is read by
        anything but a layer of features is healthy. So are sigmoid and tanh here: whether they hurt is measured as
        saturated units or a vanishing gradient.

    References:
        Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010.
    """
    graph = layer_graph(run)
    if graph is None:
        return Missing("needs the layers")
    competing = [layer for layer in graph.layers if layer["activation"] in COMPETING and not layer["output"]]
    if not graph.known:
        last = graph.layers[-1] if graph.layers else None
        unsure = [layer for layer in competing if maps(layer) and layer is not last]
        return (_finding(run, unsure, False),) if unsure else ()
    sick = [layer for layer in competing if _read_as_features(graph, layer)]
    return (_finding(run, sick, True),) if sick else ()


def _read_as_features(graph: LayerGraph, layer: LayerFact) -> bool:
    readers = graph.reached(layer, _keeps_features)
    return bool(readers) and all(maps(reader) or reader["kind"] in READING for reader in readers)


def _keeps_features(layer: LayerFact) -> bool:
    return hands_on(layer) or averages(layer) or normalizes(layer) or "Pooling" in layer["kind"]


def _finding(run: Run, sick: Sequence[LayerFact], known: bool) -> Finding:
    state = suffering(run)
    first, units = sick[0], float(sick[0]["units"] or 0)
    text = f"The hidden layer {first['name']} has {first['activation']}"
    if units == 1:
        text += ", which over its one unit is always the same"
    elif units:
        text += f", which spreads one unit of probability over its {units:.0f} units"
    if len(sick) > 1:
        text += f"; {len(sick) - 1} more hidden layer{'s'[: len(sick) > 2]} likewise"
    severity = state.severity() if known else "info"
    text += state.ending() if known else "; what reads it is not known."
    names = tuple(layer["name"] for layer in sick)
    evidence = {"layers": float(len(sick)), "units": units}
    return Finding("hidden_activation_unsuitable", severity, "setup", text, names, evidence, ("relu", "maxout"), 0.9)
