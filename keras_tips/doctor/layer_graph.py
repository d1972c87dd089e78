"""Which layer reads which, and what a layer does to numbers on their way."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.records.facts import LayerFact
from keras_tips.records.run import Run

__all__ = ["LINEAR", "LayerGraph", "averages", "hands_on", "layer_graph", "maps", "normalizes"]

LINEAR = (None, "linear")  # activations that leave numbers as they are
ADJUSTABLE = ("Activation", "ReLU", "LeakyReLU", "LeakyRelu")  # kinds whose arguments may make them that
# Kernel times input, plus bias: a linear map of all channels. What is depthwise or separable is one half of such a map.
MAPS = (
    *("Dense", "EinsumDense", "MaxoutDense", "Conv1D", "Conv2D", "Conv3D"),
    *("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
)
# Numbers stay what they are, apart from noise in training: they move, repeat or vanish.
HANDING_ON = (
    *("InputLayer", "Flatten", "Reshape", "Permute", "RepeatVector", "Masking", "Identity", "Cast", "Transpose", "GetItem"),
    *("ExpandDims", "Squeeze", "Dropout", "GaussianNoise", "Padding", "Cropping", "UpSampling", "ActivityRegularization"),
)


@dataclass(frozen=True)
class LayerGraph:
    """The layers of a model and their edges.

    Attributes:
        layers: in the order in which data pass them.
    """

    layers: tuple[LayerFact, ...]

    @property
    def known(self) -> bool:
        """Whether it is known which layer reads which; of a subclassed model nobody knows."""
        return any(layer["inbound"] for layer in self.layers)

    @cached_property
    def _by_name(self) -> dict[str, LayerFact]:
        return {layer["name"]: layer for layer in self.layers}

    @cached_property
    def _readers(self) -> dict[str, list[LayerFact]]:
        readers: dict[str, list[LayerFact]] = {}
        for layer in self.layers:
            for name in layer["inbound"]:
                readers.setdefault(name, []).append(layer)
        return readers

    def hidden(self, layer: LayerFact) -> bool:
        """Whether other weights follow a layer; where nobody knows, whether it is no output."""
        if layer["output"] or not self.known:
            return not layer["output"]
        return bool(self.reached(layer, lambda reader: not reader["parameters"] and not maps(reader)))  # unbuilt maps have none

    def sources(self, layer: LayerFact) -> tuple[LayerFact, ...]:
        """Returns the layers that a layer reads."""
        return tuple(self._by_name[name] for name in layer["inbound"] if name in self._by_name)

    def reached(self, layer: LayerFact, through: Callable[[LayerFact], bool]) -> tuple[LayerFact, ...]:
        """Returns the layers that read what a layer gives, looking through those for which `through` is true."""
        found: dict[str, LayerFact] = {}
        seen = {layer["name"]}
        left = list(self._readers.get(layer["name"], ()))
        while left:
            reader = left.pop(0)
            if reader["name"] in seen:
                continue
            seen.add(reader["name"])
            if through(reader):
                left += self._readers.get(reader["name"], ())
            else:
                found[reader["name"]] = reader
        return tuple(found.values())


def layer_graph(run: Run) -> LayerGraph | None:
    """Returns the layers of a run as a graph, or None where they are not known."""
    layers: Iterable[LayerFact] | None = checked_fact(run, "layers")
    return None if layers is None else LayerGraph(tuple(layers))


def maps(layer: LayerFact) -> bool:
    """Whether the layer is a dense layer or a full convolution."""
    return layer["kind"] in MAPS


def hands_on(layer: LayerFact) -> bool:
    """Whether what the layer gives are the numbers that it reads, perhaps in other places or with noise."""
    kind = layer["kind"]
    plain = kind in ADJUSTABLE and layer["activation"] in LINEAR
    return plain or any(part in kind for part in HANDING_ON)


def averages(layer: LayerFact) -> bool:
    """Whether the layer takes means over places."""
    return "AveragePooling" in layer["kind"]


def normalizes(layer: LayerFact) -> bool:
    """Whether the layer brings numbers to a size of its own."""
    return "Normalization" in layer["kind"]
