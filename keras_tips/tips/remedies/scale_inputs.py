"""Inputs of mean zero and deviation one."""

from collections.abc import Mapping
from typing import Any

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, is_model, name_of
from keras_tips.tips.tip import Tip

__all__ = ["scale_inputs"]

AXES = {"feature": -1, "all": None}
# Layers that bring inputs to a common scale: behind one of them there is nothing left to do.
SCALING = frozenset(("Normalization", "Rescaling", "BatchNormalization", "LayerNormalization", "MinMaxScaling", "PCAWhitening"))
# Layers to which a number is a name: half a token has no meaning.
NAMING = frozenset(
    ("CategoryEncoding", "Embedding", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization")
)


@Tip.of(
    treats=("inputs_not_scaled", "train_validation_shift", "saturated_units", "exploding_gradient"),
    choices={"per": ("feature", "all")},
)
def scale_inputs(experiment: Experiment, per: str = "feature") -> Experiment:
    """Puts a Normalization layer in front that brings each feature to mean 0 and deviation 1 over the training inputs.

    Why: a weight's gradient is proportional to its input. Where one feature is a thousand times larger than another, no
    learning rate fits both: the error surface is a long narrow valley. Large inputs also saturate the first layer.

    When: inputs are far from mean 0 and deviation 1, or features differ much in scale. A layer inside the model, rather than
    a step before it, also makes sure that validation and later use treat inputs exactly as training did.

    Formula: (x - mean) / deviation; mean and deviation are taken per feature, that is per entry of the last axis (for images
    per channel), or over everything (`per="all"`, which keeps the features' proportions). A feature that is constant in
    the training inputs is only shifted.

    The layer is listed in `Experiment.adapt`: `keras_tips.tips.train` fits it to the training inputs only. A model that
    scales its inputs already stays as it is; inputs that are names of things (an Embedding reads them) are left alone.

        scaling = keras.layers.Normalization(); scaling.adapt(x_train); model = keras.Sequential([scaling, *layers])

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layers = [{"class_name": "Dense", "config": {"name": "answer", "units": 1}}]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> scaled = get("scale_inputs").apply(experiment)
    >>> [layer["class_name"] for layer in scaled.model["config"]["layers"]], scaled.adapt
    (['Normalization', 'Dense'], ('scale_inputs',))

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Mueller, "Efficient BackProp", 1998.
    """
    axis = AXES[check_choice("per", per, AXES)]
    plan = ModelPlan.of(experiment.model)
    layers, added = _sequential(plan, axis) if plan.sequential else _functional(plan, axis)
    return experiment.replace(model=plan.with_layers(layers), adapt=(*added, *experiment.adapt)) if added else experiment


def _sequential(plan: ModelPlan, axis: int | None) -> tuple[list[LayerConfig], tuple[str, ...]]:
    layers = list(plan.layers)
    place = 1 if layers and layers[0]["class_name"] == "InputLayer" else 0
    verdict = _verdict(layers[place]) if place < len(layers) else "scale"
    if verdict == "names":
        raise _tokens(layers[place])
    if verdict == "scaled":
        return layers, ()
    name = _free_name("scale_inputs", plan)
    return [*layers[:place], _normalization(name, axis, (layers or [{}])[0]), *layers[place:]], (name,)


def _functional(plan: ModelPlan, axis: int | None) -> tuple[list[LayerConfig], tuple[str, ...]]:
    """Gives each input that holds amounts a Normalization, and makes the input's readers read that instead."""
    by_name = {name_of(layer): layer for layer in plan.layers}
    inputs = [layer for layer in plan.layers if layer["class_name"] == "InputLayer"]
    verdicts = {name_of(layer): [_verdict(by_name[reader]) for reader in plan.readers[name_of(layer)]] for layer in inputs}
    chosen = [layer for layer in inputs if set(verdicts[name_of(layer)]) <= {"scale"} and _holds_numbers(layer)]
    if not chosen:
        if any("names" in found for found in verdicts.values()):
            raise _tokens(inputs[0])
        return list(plan.layers), ()
    new_names = {
        name_of(layer): _free_name("scale_inputs" if len(chosen) == 1 else f"scale_{name_of(layer)}", plan) for layer in chosen
    }
    layers: list[LayerConfig] = []
    for layer in plan.layers:
        rewired = {**layer, "inbound_nodes": _rewired(layer.get("inbound_nodes", []), new_names)}
        layers.append(rewired)
        if layer in chosen:
            layers.append(_reading(_normalization(new_names[name_of(layer)], axis, layer), layer))
    return layers, tuple(new_names.values())


def _verdict(layer: LayerConfig) -> str:
    """What the layer that reads an input says of it: `"scaled"` already, `"names"` of things, or `"scale"` it."""
    if is_model(layer):
        inner = ModelPlan.of(layer)
        first = next((part for part in inner.layers if part["class_name"] != "InputLayer"), None)
        return _verdict(first) if first is not None else "scale"
    if layer["class_name"] in SCALING:
        return "scaled"
    return "names" if layer["class_name"] in NAMING else "scale"


def _holds_numbers(layer: LayerConfig) -> bool:
    return layer["config"].get("dtype") not in ("string", "bool")


def _tokens(layer: LayerConfig) -> ValueError:
    cure = "Whole numbers that name things (tokens, categories) have no scale: leave this tip out."
    return invalid("experiment", "a model whose inputs are amounts", f"inputs read by {name_of(layer)!r}", cure)


def _free_name(name: str, plan: ModelPlan) -> str:
    taken = {name_of(layer) for layer in plan.layers}
    return name if name not in taken else _free_name(f"{name}_1", plan)


def _normalization(name: str, axis: int | None, first: Mapping[str, Any]) -> LayerConfig:
    config = {"name": name, "trainable": True, "axis": axis, "mean": None, "variance": None, "invert": False}
    if first.get("class_name") == "InputLayer" and first["config"].get("dtype") == "float64":
        config["dtype"] = "float64"
    return {"module": "keras.layers", "class_name": "Normalization", "config": config, "registered_name": None}


def _reading(layer: LayerConfig, source: LayerConfig) -> LayerConfig:
    """The layer with one inbound node that reads `source`."""
    config = {
        "shape": source["config"].get("batch_shape"),
        "dtype": source["config"].get("dtype"),
        "keras_history": [name_of(source), 0, 0],
    }
    tensor = {"class_name": "__keras_tensor__", "config": config}
    return {**layer, "name": name_of(layer), "inbound_nodes": [{"args": [tensor], "kwargs": {}}]}


def _rewired(node: Any, new_names: Mapping[str, str]) -> Any:
    """The inbound nodes with every reference to a scaled input replaced by one to its Normalization."""
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            name, *place = node["config"]["keras_history"]
            history = [new_names.get(name, name), *place]
            return {**node, "config": {**node["config"], "keras_history": history}}
        return {key: _rewired(part, new_names) for key, part in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(_rewired(part, new_names) for part in node)
    return node
