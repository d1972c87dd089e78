"""Rule: the signal grows or shrinks layer by layer from the start."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.layer_graph import LINEAR, LayerGraph, layer_graph, maps, normalizes
from keras_tips.doctor.looks import first_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import Suffering, suffering
from keras_tips.records.facts import InputFact, LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["initialization_scale"]

# The curvature of the loss grows with the square of the factor between input and output, and the largest stable learning
# rate falls with it: a thousandfold at 30. The same mark as for inputs that are too large, whose effect is the same.
LARGE = 30.0  # root mean square before an activation, over that of the input or of the last normalization
# What a layer hands on, and what comes back to its weights, is a hundredth: the first layer takes a hundred steps for one.
SMALL = 0.01  # the same
# At four deviations more than half of the values lie beyond 2, where tanh and the sigmoid have lost 90 % and 60 % of
# their slope, and nothing but small weights brings them back.
SATURATING = 4.0  # the same, before a hidden layer that saturates
SATURATED = 0.5  # share of outputs at the borders that confirms it, where it was measured
ODD = 2.0  # factor between a layer's gain and the usual one, from which on the layer is to blame
HE = math.sqrt(2)  # gain that keeps the size through a rectifier; 1 keeps it without one
RECTIFIERS = ("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "swish", "mish", "celu")
SUMS = ("Add", "Subtract")
CAUSES = (
    *("learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient"),
    *(
        "depth_degradation",
        "learning_rate_too_low",
        "oscillating_loss",
        "plateau",
        "saddle_point",
        "local_minimum",
        "undertrained",
    ),
)


@dataclass(frozen=True)
class Signal:
    """What reaches the end of a layer: `size` as well as it is known, `kernels` as the kernels alone make it, and the root
    mean square that was `seen` before the first step."""

    size: float = 1.0
    kernels: float = 1.0
    seen: float | None = None


@dataclass(frozen=True)
class Stretch:
    """A layer as drawn: its gain, and the signal before its activation."""

    layer: LayerFact
    gain: float
    size: float
    kernels: float


@rule(stage="setup", explains=CAUSES)
def initialization_scale(run: Run) -> tuple[Finding, ...] | Missing:
    """The initial kernels make the signal grow or shrink from layer to layer.

    What it finds:
        Freshly drawn kernels whose gains multiply to far more or far less than 1 between the input, or the last
        normalization, and some layer; and hidden tanh or sigmoid layers that are saturated by them from the start.

    Why it hurts:
        Logits of a hundred make the first loss and its gradients enormous and saturate what can saturate; a signal that
        fades is the same for every input, and so does the gradient on its way back.

    Evidence:
        The gain of a kernel, its deviation times the square root of its fan-in: about 1 to 1.4 keeps the size. Root mean
        squares of what layers gave before the first step, where they were seen, in place of the factor that is expected.

    Threshold:
        A product above 30 or below 1/100, of which the kernels by themselves make at least half, in orders of magnitude; or one
        above 4 before a hidden layer that saturates, with a gain of at least twice He's. Warning where training suffers or
        was not seen yet, else info.

    Remedy:
        He's initialization for ReLU and its kin, Glorot's for others; batch normalization.

    False alarms:
        Kernels that were trained before: that their initializer did not draw, and whose biases, if any, are not zero. Whatever
        lies behind a normalization, embeddings, recurrent layers, and small output kernels. Biases and inputs of odd size are
        other ailments.

    References:
        Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010. He, Zhang, Ren, Sun:
        Delving Deep into Rectifiers, 2015.
    """
    graph = layer_graph(run)
    if graph is None:
        return Missing("needs the layers")
    stretches = _stretches(run, graph)
    if not stretches:
        return Missing("needs kernels that were not trained before")
    large = [each for each in stretches if each.size > LARGE and each.kernels > math.sqrt(LARGE)]
    large += [each for each in stretches if each not in large and graph.hidden(each.layer) and _saturates(run, each)]
    faded = [each for each in stretches if each.size < SMALL and each.kernels < math.sqrt(SMALL)]
    small = [each for each in faded if graph.hidden(each.layer)]  # small outputs are a good start
    if not large and not small:
        return ()
    return (_finding(suffering(run), stretches, large or small, bool(large)),)


def _stretches(run: Run, graph: LayerGraph) -> list[Stretch]:
    """The fresh kernels along the depth. Where nobody knows the order, each is taken by itself."""
    signals: dict[str, Signal] = {}
    start, found = Signal(seen=_input_size(run)), []
    for layer in graph.layers:
        before = _before(graph, layer, signals, start) if graph.known else Signal()
        gain, seen = _gain(layer), _seen(run, layer)
        if gain is not None:
            found.append(Stretch(layer, gain, before.size * gain, before.kernels * gain))
        signals[layer["name"]] = _after(layer, before, gain, seen)
    return found


def _gain(layer: LayerFact) -> float | None:
    """Factor by which a kernel changes the root mean square; None where it was trained before, is constant or another."""
    deviation, fan_in = layer["kernel_deviation"], layer["fan_in"]
    if not maps(layer) or _trained(layer) or layer["identical_units"] or not deviation or not fan_in:
        return None
    return deviation * math.sqrt(fan_in) if 0 < deviation < math.inf and fan_in > 0 else None


def _trained(layer: LayerFact) -> bool:
    """Whether it was trained before: a kernel that its initializer did not draw was set by hand if the bias is zero still."""
    return layer["fresh"] is False and layer["bias_mean"] != 0.0


def _before(graph: LayerGraph, layer: LayerFact, signals: Mapping[str, Signal], start: Signal) -> Signal:
    """What a layer reads."""
    read = [signals[source["name"]] for source in graph.sources(layer) if source["name"] in signals]
    if len(read) < 2:
        return read[0] if read else start
    if layer["kind"] in SUMS:
        return Signal(math.hypot(*(each.size for each in read)), math.hypot(*(each.kernels for each in read)))
    return Signal(max(each.size for each in read), max(each.kernels for each in read))


def _after(layer: LayerFact, before: Signal, gain: float | None, seen: float | None) -> Signal:
    """What a layer gives. Normalizations and layers whose weights are not judged bring numbers to a size of their own."""
    activation = layer["activation"]
    if normalizes(layer) or (gain is None and layer["parameters"] and activation != "prelu"):
        return Signal(seen=seen)
    kernels, factor = before.kernels * (gain or 1.0), gain or 1.0
    if activation in RECTIFIERS:
        kernels, factor = kernels / HE, factor / HE
    elif activation == "tanh":
        kernels, factor = min(kernels, 1.0), min(factor, 1.0 / before.size if before.size > 0 else factor)
    elif activation not in (*LINEAR, "maxout"):
        return Signal(seen=seen)  # sigmoids and the like give numbers of their own size, whatever they read
    if seen is not None and before.seen is not None and activation != "tanh":
        factor = seen / before.seen
    return Signal(before.size * factor, kernels, seen if seen is not None else before.seen if gain is None else None)


def _seen(run: Run, layer: LayerFact) -> float | None:
    """Root mean square of a layer's outputs before the first step; None where it was not seen, or all is zero."""
    mean, deviation = (first_look(run, name, layer["path"]) for name in ("activation_mean", "activation_deviation"))
    size = math.hypot(mean, deviation) if mean is not None and deviation is not None else 0.0
    return size if 0 < size < math.inf else None


def _input_size(run: Run) -> float | None:
    """Root mean square of the only input, where its numbers are amounts."""
    inputs: Sequence[InputFact] = checked_fact(run, "inputs") or ()
    if len(inputs) != 1 or inputs[0]["embedded"]:
        return None
    size = math.hypot(inputs[0]["mean"], inputs[0]["deviation"])
    return size if 0 < size < math.inf else None


def _saturates(run: Run, stretch: Stretch) -> bool:
    """Whether a kernel drives a layer to its borders from the start."""
    layer = stretch.layer
    if layer["activation"] in (*LINEAR, *RECTIFIERS, "softmax") or stretch.size < SATURATING or stretch.gain < ODD * HE:
        return False
    share = first_look(run, "activation_saturation", layer["path"])
    return layer["activation"] in ("tanh", "sigmoid", "hard_sigmoid", "hard_tanh") and (share is None or share >= SATURATED)


def _finding(state: Suffering, stretches: Sequence[Stretch], sick: Sequence[Stretch], large: bool) -> Finding:
    worst = max(sick, key=lambda each: each.size if large else -each.size)
    odd = [each for each in stretches if (_oddness(each) > ODD if large else _oddness(each) < 1 / ODD)] or list(sick)
    odd = sorted(odd, key=lambda each: -_oddness(each) if large else _oddness(each))
    gain, name = odd[0].gain, odd[0].layer["name"]
    text = (
        f"The initial kernels make the signal before the activation of {worst.layer['name']} {worst.size:.2g} times that "
        f"of the input or the last normalization; {name} has a gain of {gain:.2g}, and {_usual(odd[0]):.2g} keeps the size"
    )
    evidence = {"signal": worst.size, "gain": gain, "layers": float(len(odd))}
    rectified = sum(each.layer["activation"] in RECTIFIERS for each in stretches)
    first, second = ("he_initialization", "glorot_initialization")[:: 1 if rectified else -1]
    names = tuple(each.layer["name"] for each in odd)
    tips = (first, second, "batch_normalization")
    return Finding("initialization_scale", state.severity(), "setup", text + state.ending(), names, evidence, tips, 0.85)


def _usual(stretch: Stretch) -> float:
    return HE if stretch.layer["activation"] in RECTIFIERS else 1.0


def _oddness(stretch: Stretch) -> float:
    return stretch.gain / _usual(stretch)
