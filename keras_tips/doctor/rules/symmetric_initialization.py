"""Rule: units of a layer start identical."""

from collections.abc import Sequence

from keras_tips.doctor.layer_graph import LayerGraph, averages, hands_on, layer_graph, maps, normalizes
from keras_tips.doctor.looks import first_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["symmetric_initialization"]

# Around a layer whose result is added to something else, numbers flow without it: a branch that starts at zero is a good
# start (Goyal et al., 2017, section 5.1), and the rest of the network tells its units apart.
ACTIVATIONS = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")
STEPS = 5  # recorded, in which the gradient was 0
RECTIFIED = ("relu", "relu6")  # zero input, zero output, zero slope
CAUSES = (
    *("initialization_scale", "dead_units", "vanishing_gradient", "depth_degradation", "capacity_too_low"),
    *("learning_rate_too_low", "plateau", "saddle_point", "local_minimum", "undertrained", "data_without_signal"),
)


@rule(stage="setup", explains=CAUSES)
def symmetric_initialization(run: Run) -> tuple[Finding, ...] | Missing:
    """All units of hidden layers start with the same weights, and nothing ever tells them apart.

    What it finds:
        Hidden layers whose units have the same kernel and bias when training begins, read by layers that treat them alike;
        and rectified layers whose kernel and output are zero; layers of any kind whose weights are all 0 and get no gradient.

    Why it hurts:
        Units that compute the same and are read in the same way get the same gradient, so they stay the same for ever: a layer
        of a thousand units is worth one. A rectified layer at zero gets no gradient at all.

    Evidence:
        The kernels and biases when training began, which layer reads which, and the share of zeros that a rectified layer gave
        before the first step.

    Threshold:
        None: entries are equal or they are not. A layer counts where every dense or convolutional layer that reads it is
        constant too, as a reader with random weights breaks the symmetry at the first step. Critical where that is so of all
        hidden layers, warning where of some, info where training does well nonetheless.

    Remedy:
        Random kernels: He's for ReLU and its kin, Glorot's for others.

    False alarms:
        An output layer that starts at zero, a residual branch or a gate that does, zero biases, and constant weights that are
        frozen on purpose are healthy.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 8.4.
    """
    graph = layer_graph(run)
    if graph is None:
        return Missing("needs the layers")
    hidden = [layer for layer in graph.layers if _mixes(layer) and layer["variables"] and graph.hidden(layer)]
    alike = [layer for layer in hidden if layer["identical_units"]]
    lasting = [layer for layer in alike if _lasting(run, graph, layer)]
    if not lasting:
        own = [layer for layer in graph.layers if layer["variables"] and not layer["output"] and _stays_at_zero(run, layer)]
        lasting, hidden = own, [layer for layer in graph.layers if layer["variables"] and not layer["output"]]
    return (_finding(run, lasting, len(hidden)),) if lasting else ()


def _lasting(run: Run, graph: LayerGraph, layer: LayerFact) -> bool:
    """Whether nothing tells the units of a layer apart later."""
    readers = _readers(graph, layer)
    if not readers or not all(_mixes(reader) for reader in readers):
        return False
    return all(_constant(reader) for reader in readers) or _at_zero(run, layer)


def _mixes(layer: LayerFact) -> bool:
    """Whether the layer is a dense layer or a convolution, or one of somebody's own with weights as a dense one has them."""
    return maps(layer) or layer["identical_units"]


def _readers(graph: LayerGraph, layer: LayerFact) -> Sequence[LayerFact]:
    """The next layers that mix units; where the order is not known, all other ones have to stand for them."""
    if graph.known:
        return graph.reached(layer, _keeps_units)
    return [other for other in graph.layers if _mixes(other) and other is not layer]


def _keeps_units(layer: LayerFact) -> bool:
    """Whether what is done to one unit is done to all."""
    kind = layer["kind"]
    return hands_on(layer) or averages(layer) or normalizes(layer) or "Pooling" in kind or kind in ACTIVATIONS


def _constant(layer: LayerFact) -> bool:
    return layer["identical_units"] or layer["kernel_deviation"] == 0


def _at_zero(run: Run, layer: LayerFact) -> bool:
    rectified = layer["activation"] in RECTIFIED and layer["kernel_deviation"] == 0
    return rectified and (first_look(run, "activation_zeros", layer["path"]) or 0.0) >= 1


def _stays_at_zero(run: Run, layer: LayerFact) -> bool:
    """Whether all weights of a layer of any kind began at 0, and the gradient of one of them was 0 in every step."""
    known = {name: run.places(name) if name in run.quantities else () for name in ("weight_norm", "gradient_norm")}
    if not all(path in places for path in layer["variables"] for places in known.values()):
        return False
    began = all(run.values("weight_norm", path)[0] == 0 for path in layer["variables"])
    pulls = [run.values("gradient_norm", path) for path in layer["variables"]]
    return began and any(len(pull) >= STEPS and not pull.any() for pull in pulls)


def _finding(run: Run, lasting: Sequence[LayerFact], hidden: int) -> Finding:
    state = suffering(run)
    whole = len(lasting) == hidden
    first = lasting[0]
    units = float(first["units"] or 0)
    text = f"All {units:.0f} units of {first['name']} start alike" if units else f"All units of {first['name']} start alike"
    if len(lasting) > 1:
        text += f", as in {len(lasting)} of {hidden} hidden layers"
    text += ", and no random weight behind them tells them apart" + state.ending()
    evidence = {"layers": float(len(lasting)), "hidden_layers": float(hidden), "units": units}
    severity = state.severity("critical", "critical") if whole else state.severity()
    names = tuple(layer["name"] for layer in lasting)
    tips = ("he_initialization", "glorot_initialization")
    return Finding("symmetric_initialization", severity, "setup", text, names, evidence, tips, 0.95 if whole else 0.8)
