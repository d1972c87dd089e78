"""Reads and rewrites the config of a Sequential or functional Keras model as plain data, without Keras."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from keras_tips._base.arguments import invalid

__all__ = ["ModelPlan"]

LayerConfig = dict[str, Any]

# Layers that are an activation themselves, and the name of that activation.
ACTIVATION_LAYERS = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu", "Softmax": "softmax"}
NOISES = ("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D")
NORMALIZATIONS = ("BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization")
POOLINGS = tuple(
    f"{scope}{kind}Pooling{axes}D" for scope in ("", "Global") for kind in ("Average", "Max") for axes in (1, 2, 3)
)
SHAPES = ("Cropping1D", "Cropping2D", "Flatten", "Permute", "Reshape", "ZeroPadding1D", "ZeroPadding2D")
SUMS = ("Activation", "Add", "Average", "Identity", "Rescaling")
# Layers that hand on what a weighted layer computed: looking for its activation, or for the end of the model, one passes them.
PASSING = frozenset((*ACTIVATION_LAYERS, *NOISES, *NORMALIZATIONS, *POOLINGS, *SHAPES, *SUMS))


@dataclass(frozen=True)
class ModelPlan:
    """A model config with the questions that tips ask of it: which layers are hidden, and who reads whom.

    Args:
        model: what `keras.saving.serialize_keras_object(model)` returns for a Sequential or functional model. It is never
            changed; `layers` are copies.

    Attributes:
        model: the config without its layers.
        layers: the configs of the layers, nested models among them, in the order of the config.

    Raises:
        ValueError: it is no such config.
    """

    model: Mapping[str, Any]
    layers: tuple[LayerConfig, ...]

    @classmethod
    def of(cls, model: Mapping[str, Any]) -> "ModelPlan":
        """Returns the plan of a model config."""
        config = model.get("config") if isinstance(model, Mapping) else None
        if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list):
            cure = "A subclassed model hides its layers: build it with keras.Sequential or keras.Model(inputs, outputs)."
            raise invalid("model", "the config of a Sequential or functional model", _shortened(model), cure)
        return cls(model, tuple(copy.deepcopy(config["layers"])))

    def with_layers(self, layers: list[LayerConfig]) -> dict[str, Any]:
        """Returns the model config with these layers."""
        return {**self.model, "config": {**self.model["config"], "layers": layers}}

    @property
    def sequential(self) -> bool:
        """Whether each layer reads the one before it, without inbound nodes."""
        return "output_layers" not in self.model["config"]

    @cached_property
    def readers(self) -> dict[str, tuple[str, ...]]:
        """Layer name -> names of the layers that read its output."""
        names = [name_of(layer) for layer in self.layers]
        if self.sequential:
            return {name: tuple(names[index + 1 : index + 2]) for index, name in enumerate(names)}
        readers: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
        for layer in self.layers:
            for source in dict.fromkeys(_sources(layer.get("inbound_nodes", []))):
                readers[source] = (*readers[source], name_of(layer))
        return readers

    @cached_property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Layer name -> names of the layers whose output it reads."""
        return {
            name: tuple(source for source, readers in self.readers.items() if name in readers)
            for name in map(name_of, self.layers)
        }

    @cached_property
    def output_names(self) -> frozenset[str]:
        """The last weighted layer before each output, and everything after it: what decides the form of the prediction."""
        by_name = {name_of(layer): layer for layer in self.layers}
        ends = [name_of(self.layers[-1])] if self.sequential else _ends(self.model["config"]["output_layers"])
        found: set[str] = set()
        waiting = [name for name in ends if name in by_name]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if by_name[name]["class_name"] in PASSING:
                waiting += [source for source, readers in self.readers.items() if name in readers]
        return frozenset(found)

    def activation(self, layer: LayerConfig) -> str | None:
        """The activation that a layer's output meets: its own, else that of the activation layer it leads to.

        None where it has none, and where it is none of Keras's own functions.
        """
        by_name = {name_of(other): other for other in self.layers}
        readers = self.readers
        own = own_activation(layer)
        while own in (None, "linear"):
            following = readers.get(name_of(layer), ())
            if len(following) != 1 or by_name[following[0]]["class_name"] not in PASSING:
                return own
            layer = by_name[following[0]]
            own = own_activation(layer)
        return own

    def rewritten(self, change: "Callable[[LayerConfig, ModelPlan], LayerConfig]") -> dict[str, Any]:
        """Returns the model config with every hidden layer replaced by `change(layer, plan)`, in nested models too.

        The layers of `output_names` and input layers stay as they are. `plan` is that of the model that holds the layer.
        """
        outputs = self.output_names
        layers = []
        for layer in self.layers:
            if is_model(layer):
                inner = ModelPlan.of(layer)
                kept = name_of(layer) in outputs
                layers.append(inner.rewritten(change) if kept else inner._all_rewritten(change))
            elif name_of(layer) in outputs or layer["class_name"] == "InputLayer":
                layers.append(layer)
            else:
                layers.append(change(copy.deepcopy(layer), self))
        return self.with_layers(layers)

    def everywhere(self, change: "Callable[[LayerConfig, ModelPlan], LayerConfig]") -> dict[str, Any]:
        """Returns the model config with every layer but input layers replaced by `change(layer, plan)`, outputs as well."""
        layers = []
        for layer in self.layers:
            if is_model(layer):
                layers.append(ModelPlan.of(layer).everywhere(change))
            else:
                layers.append(layer if layer["class_name"] == "InputLayer" else change(copy.deepcopy(layer), self))
        return self.with_layers(layers)

    def _all_rewritten(self, change: "Callable[[LayerConfig, ModelPlan], LayerConfig]") -> dict[str, Any]:
        """Like `rewritten`, for a nested model that lies inside: its last layers are hidden as well."""
        return self.with_layers(
            [
                ModelPlan.of(layer)._all_rewritten(change) if is_model(layer) else change(copy.deepcopy(layer), self)
                for layer in self.layers
            ]
        )


def name_of(layer: Mapping[str, Any]) -> str:
    """The name of a layer's config."""
    return str(layer["config"]["name"])


def is_model(layer: Mapping[str, Any]) -> bool:
    """Whether a layer's config is that of a model that holds layers."""
    return isinstance(layer["config"].get("layers"), list)


def own_activation(layer: Mapping[str, Any]) -> str | None:
    """The activation a layer applies itself: a name of Keras, or None."""
    if layer["class_name"] in ACTIVATION_LAYERS:
        return ACTIVATION_LAYERS[layer["class_name"]]
    activation = layer["config"].get("activation")
    return activation if isinstance(activation, str) else None


def _sources(node: Any) -> Iterator[str]:
    """Names of the layers whose outputs appear in an inbound node."""
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            yield str(node["config"]["keras_history"][0])
            return
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for part in node:
            yield from _sources(part)


def _ends(outputs: Any) -> list[str]:
    """Layer names in `output_layers`: one triple (layer, node, tensor), or a structure of them."""
    if isinstance(outputs, Mapping):
        return [name for part in outputs.values() for name in _ends(part)]
    if len(outputs) == 3 and isinstance(outputs[0], str) and isinstance(outputs[1], int):
        return [outputs[0]]
    return [name for part in outputs for name in _ends(part)]


def _shortened(model: Any) -> Any:
    return model.get("class_name", dict(model)) if isinstance(model, Mapping) else model
