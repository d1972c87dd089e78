"""Reads and changes the activation with which a model ends."""

from collections.abc import Mapping
from typing import Any

from keras_tips._base.arguments import invalid
from keras_tips.tips.graph_edit import free_name, inserted
from keras_tips.tips.layer_config import keras_object, same_place
from keras_tips.tips.model_plan import ACTIVATION_LAYERS, LayerConfig, ModelPlan, is_model, name_of, own_activation

__all__ = ["output_activation", "output_layer", "with_output"]

ACTIVATIONS = frozenset(("Activation", *ACTIVATION_LAYERS))
# Layers between the weighted output layer and the prediction behind which a softmax must stand, not before.
AVERAGING = ("Pooling", "Add", "Average", "Flatten", "Reshape", "Normalization")


def output_layer(model: Mapping[str, Any]) -> LayerConfig:
    """Returns the config of the last layer with weights.

    Raises:
        ValueError: the model has several outputs, or no such layer.
    """
    plan = ModelPlan.of(model)
    for layer in reversed(_ends(plan)):
        if is_model(layer):
            return output_layer(layer)
        if "units" in layer["config"] or "filters" in layer["config"]:
            return layer
    raise invalid("experiment", "a model that ends with a Dense or convolution layer", [name_of(end) for end in _ends(plan)])


def output_activation(model: Mapping[str, Any]) -> str | None:
    """Returns the name of the last activation before the prediction: `"linear"` where there is none, None where it is not
    one of Keras's own functions.

    Raises:
        ValueError: the model has several outputs.
    """
    for layer in reversed(_ends(ModelPlan.of(model))):
        if is_model(layer):
            return output_activation(layer)
        found = own_activation(layer)
        if found not in (None, "linear"):
            return found
        if layer["config"].get("activation") is not None and found is None:
            return None
    return "linear"


def with_output(model: Mapping[str, Any], activation: str, units: int | None = None) -> dict[str, Any]:
    """Returns the model config with this as its last activation, and the only one behind the last layer with weights.

    Args:
        model: config of a Sequential or functional model with one output.
        activation: name of one of Keras's functions.
        units: of the output layer; None leaves them.

    Raises:
        ValueError: the model has several outputs, or no layer with weights at its end.
    """
    plan = ModelPlan.of(model)
    ends = _ends(plan)
    output = output_layer(model)
    if is_model(ends[0]):  # nested: what decides lies inside
        inner = with_output(ends[0], activation, units)
        return plan.with_layers([{**layer, **inner} if name_of(layer) == name_of(ends[0]) else layer for layer in plan.layers])
    own = [name_of(layer) for layer in ends if layer["class_name"] in ACTIVATIONS]
    apart = any(part in layer["class_name"] for layer in ends for part in AVERAGING)
    last = own[-1] if own else None
    layers = []
    for layer in plan.layers:
        if name_of(layer) == name_of(output):
            layer = _weighted(layer, activation if not (apart or last) else "linear", units)
        elif name_of(layer) in own:
            chosen = activation if name_of(layer) == last else "linear"
            if own_activation(layer) != chosen:
                layer = same_place(layer, keras_object("layers", "Activation", activation=chosen))
        layers.append(layer)
    if apart and not last:
        behind = keras_object("layers", "Activation", name=free_name("prediction", plan.readers), activation=activation)
        end = name_of(ends[-1])
        return inserted(ModelPlan.of(plan.with_layers(layers)), {end: [behind]})
    return plan.with_layers(layers)


def _weighted(layer: LayerConfig, activation: str, units: int | None) -> LayerConfig:
    config = layer["config"]
    if own_activation(layer) != activation or "activation" not in config:
        config = {**config, "activation": activation}
    if units is not None:
        config = {**config, "units" if "units" in config else "filters": units}
    return {**layer, "config": config}


def _ends(plan: ModelPlan) -> list[LayerConfig]:
    """The layers that make up the prediction, in the order of the model."""
    outputs = [] if plan.sequential else plan.model["config"]["output_layers"]
    if isinstance(outputs, Mapping) or (outputs and not isinstance(outputs[0], str) and len(outputs) > 1):
        raise invalid("experiment", "a model with one output", outputs, "Treat each output by hand.")
    return [layer for layer in plan.layers if name_of(layer) in plan.output_names]
