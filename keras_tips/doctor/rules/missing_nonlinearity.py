"""Rule: stacked linear layers with nothing between them."""

from collections.abc import Sequence

from keras_tips.doctor.layer_graph import LINEAR, LayerGraph, averages, hands_on, layer_graph, maps
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import Suffering, suffering
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["missing_nonlinearity"]

# With half of its hidden layers without effect a network is not the one that was meant.
MANY = 0.5  # share of the hidden dense and convolutional layers
# Convolutions are for data of which no linear map makes much: one that learned less than half leaves something lying there.
HALF = 0.5  # share of what there is to learn
# What of the remaining kinds is linear, without being a map of all channels. Any other kind may bend.
STRAIGHT = (
    *("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D", "Embedding", "Rescaling"),
    *("Normalization", "BatchNormalization", "Add", "Subtract", "Average", "Concatenate", "CategoryEncoding"),
)


CAUSES = (
    *("depth_degradation", "capacity_too_low", "learning_rate_too_low", "plateau", "saddle_point", "local_minimum"),
    *("undertrained", "data_without_signal"),
)


@rule(stage="setup", explains=CAUSES)
def missing_nonlinearity(run: Run) -> tuple[Finding, ...] | Missing:
    """Linear layers follow each other with nothing nonlinear between them, so together they are one linear layer.

    What it finds:
        Dense and convolutional layers without an activation that hand their result straight to the next such layer, and
        networks that are linear from end to end.

    Why it hurts:
        A linear map of a linear map is a linear map: the layer adds parameters and nothing that the network could not do
        without it. What has no straight boundary cannot be learned at all.

    Evidence:
        The activation of each hidden layer, which layers read it, and what stands between.

    Threshold:
        None for the structure. Warning where the whole network, or half of its hidden layers, is linear, and training suffers
        next to what simple predictors make of the data, or was not seen yet; info otherwise. A convolutional network
        without any nonlinearity counts as suffering as long as less than half of what there is to learn was learned.

    Remedy:
        ReLU, Maxout or another nonlinear activation in hidden layers.

    False alarms:
        Convolution, normalization and then an activation are healthy, as are layers read by pooling of maxima, attention,
        recurrent or multiplying layers, sums with another branch, and layers narrower than both their neighbours: the
        linear bottlenecks of autoencoders, factored kernels and inverted residuals.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 6.1. Sandler et al.: MobileNetV2: Inverted Residuals and
        Linear Bottlenecks, 2018.
    """
    graph = layer_graph(run)
    if graph is None:
        return Missing("needs the layers")
    if sum(maps(layer) for layer in graph.layers) > 1 and not graph.known:
        return Missing("needs to know which layer reads which")
    hidden = [layer for layer in graph.layers if maps(layer) and graph.hidden(layer)]
    wasted = [layer for layer in hidden if layer["activation"] in LINEAR and _wasted(graph, layer)]
    return (_finding(run, graph, wasted, hidden),) if wasted else ()


def _wasted(graph: LayerGraph, layer: LayerFact) -> bool:
    readers = graph.reached(layer, _passes_straight)
    return bool(readers) and all(maps(reader) for reader in readers) and not _bottleneck(graph, layer, readers)


def _passes_straight(layer: LayerFact) -> bool:
    return hands_on(layer) or averages(layer) or layer["kind"] == "BatchNormalization"


def _bottleneck(graph: LayerGraph, layer: LayerFact, readers: Sequence[LayerFact]) -> bool:
    """Whether a layer is narrower than what it reads and than what reads it: then it limits the rank, on purpose."""
    before = next((source["units"] for source in graph.sources(layer) if source["units"]), None)
    width, read = layer["units"], before if "Conv" in layer["kind"] else layer["fan_in"]
    read = read or layer["fan_in"] or before
    if width is None or read is None:
        return width is None
    return width < read and all((reader["units"] or 0) > width for reader in readers)


def _straight(layer: LayerFact) -> bool:
    """Whether a layer is linear; what follows the last linear map of an output does not count."""
    known = maps(layer) or hands_on(layer) or averages(layer) or layer["kind"] in STRAIGHT
    return layer["output"] or (known and layer["activation"] in LINEAR)


def _finding(run: Run, graph: LayerGraph, wasted: Sequence[LayerFact], hidden: Sequence[LayerFact]) -> Finding:
    state = suffering(run)
    whole = all(_straight(layer) for layer in graph.layers)
    severity, ending = "info", "."
    if whole or len(wasted) >= MANY * len(hidden):
        severity, ending = state.severity(), state.ending()
    if severity == "info" and whole and _hardly_learned(state, hidden):
        severity, ending = "warning", f"; {state.text}."
    text = f"{wasted[0]['name']} has no activation, and nothing bends between it and the next layer"
    if len(wasted) > 1:
        text += f"; so it is for {len(wasted)} of {len(hidden)} hidden layers"
    if whole:
        text += "; the whole network is one linear map"
    text += ending
    evidence = {"layers": float(len(wasted)), "hidden_layers": float(len(hidden)), "linear_network": float(whole)}
    names = tuple(layer["name"] for layer in wasted)
    sure = 0.9 if whole else 0.6
    return Finding("missing_nonlinearity", severity, "setup", text, names, evidence, ("relu", "maxout", "prelu"), sure)


def _hardly_learned(state: Suffering, hidden: Sequence[LayerFact]) -> bool:
    return state.learned < HALF and any("Conv" in layer["kind"] for layer in hidden)
