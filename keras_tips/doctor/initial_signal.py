"""What the kernels that training begins with make of the signal, from layer to layer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.layer_graph import LINEAR, LayerGraph, layer_graph, maps, normalizes
from keras_tips.doctor.looks import first_look
from keras_tips.records.facts import InputFact, LayerFact
from keras_tips.records.run import Run

__all__ = ["HE", "ODD", "RECTIFIERS", "SMALL", "Stretch", "fades_by_depth", "stretches_of"]

# What a layer hands on, and what comes back to its weights, is a hundredth: the first layer takes a hundred steps for one.
SMALL = 0.01  # root mean square before an activation, over that of the input or of the last normalization
ODD = 2.0  # factor between a layer's gain and the usual one, from which on the layer is to blame
HE = math.sqrt(2)  # gain that keeps the size through a rectifier; 1 keeps it without one
RECTIFIERS = ("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "swish", "mish", "celu")
SUMS = ("Add", "Subtract")


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

    @property
    def usual(self) -> float:
        """The gain that keeps the size."""
        return HE if self.layer["activation"] in RECTIFIERS else 1.0

    @property
    def oddness(self) -> float:
        """The gain over the usual one."""
        return self.gain / self.usual


def fades_by_depth(run: Run) -> bool:
    """Whether the signal fades before a hidden layer although each kernel is by itself about as usual: there are too many."""
    graph = layer_graph(run)
    if graph is None or not graph.known:
        return False
    stretches = stretches_of(run, graph)
    faded = any(graph.hidden(each.layer) and each.size < SMALL and each.kernels < math.sqrt(SMALL) for each in stretches)
    return faded and not any(each.oddness < 1 / ODD for each in stretches)


def stretches_of(run: Run, graph: LayerGraph) -> list[Stretch]:
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
