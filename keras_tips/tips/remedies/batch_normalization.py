"""Layers whose inputs keep their scale while the layers before them learn."""

from typing import Any

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.graph_edit import called_once, free_name, in_every_model, inserted
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.model_plan import NORMALIZATIONS, LayerConfig, ModelPlan, name_of, own_activation
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import CONVOLUTIONS

__all__ = ["batch_normalization"]

NORMALIZED = frozenset(("Dense", *CONVOLUTIONS, "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Conv2DTranspose"))
GATES = frozenset(("Multiply", "Dot"))  # what is multiplied with another signal is a gate


@Tip.of(
    treats=(
        "vanishing_gradient",
        "exploding_gradient",
        "initialization_scale",
        "saturated_units",
        "dead_units",
        "depth_degradation",
        "plateau",
        "inputs_not_scaled",
    ),
    choices={"momentum": (0.9, 0.99)},
)
def batch_normalization(experiment: Experiment, momentum: float = 0.9) -> Experiment:
    """Puts a BatchNormalization between each hidden Dense or convolution layer and its activation.

    Why: the scale of what a layer gives depends on its weights and on all layers before. Normalized over the mini-batch,
    each unit's sum has mean 0 and deviation 1 whatever the weights are, so that activations neither saturate nor die,
    gradients keep their size, and larger learning rates hold.

    When: signals or gradients shrink or grow from layer to layer; deep networks that do not start to learn. Not with
    batches of a few rows.

    Formula: gamma * (z - mean of the batch) / sqrt(variance of the batch + 0.001) + beta. Afterwards, moving averages take the
    place of the batch's numbers; `momentum` 0.9 lets them follow within some dozens of batches, where Keras's 0.99 takes
    hundreds.

    The layer itself becomes linear and loses its bias, which beta replaces. The output layer stays as it is, and so does a
    layer that is normalized already, without an activation, a gate, or called several times.

        keras.layers.Dense(64, use_bias=False), keras.layers.BatchNormalization(), keras.layers.Activation("relu")

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> dense = lambda name, activation: {"class_name": "Dense", "config": {"name": name, "activation": activation}}
    >>> layers = [dense("hidden", "relu"), dense("answer", "softmax")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["class_name"] for layer in get("batch_normalization").apply(experiment).model["config"]["layers"]]
    ['Dense', 'BatchNormalization', 'Activation', 'Dense']

    Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    Shift", 2015.
    """
    check_number("momentum", momentum, 0.0, 1.0, high_open=True)

    def edit(plan: ModelPlan, ends: frozenset[str]) -> dict[str, Any]:
        behind, layers = {}, []
        for layer in plan.layers:
            if layer["class_name"] in NORMALIZED and name_of(layer) not in ends and _lacks(layer, plan):
                behind[name_of(layer)] = _new_layers(layer, plan, momentum)
                layer = {**layer, "config": {**layer["config"], "activation": "linear", "use_bias": False}}
            layers.append(layer)
        return inserted(ModelPlan.of(plan.with_layers(layers)), behind)

    return experiment.replace(model=in_every_model(experiment.model, edit))


def _lacks(layer: LayerConfig, plan: ModelPlan) -> bool:
    """Whether a layer has an activation, own or behind it, with no normalization between."""
    kinds = {name_of(other): other["class_name"] for other in plan.layers}
    following = [kinds[reader] for reader in plan.readers[name_of(layer)]]
    if not called_once(layer) or any(kind in GATES or kind in NORMALIZATIONS for kind in following):
        return False
    return not _linear(layer) or plan.activation(layer) not in (None, "linear")


def _linear(layer: LayerConfig) -> bool:
    return layer["config"].get("activation") in (None, "linear")


def _new_layers(layer: LayerConfig, plan: ModelPlan, momentum: float) -> list[LayerConfig]:
    name = name_of(layer)
    axis = 1 if layer["config"].get("data_format") == "channels_first" else -1
    norm = {"name": free_name(f"{name}_norm", plan.readers), "axis": axis, "momentum": momentum}
    new = [keras_object("layers", "BatchNormalization", **norm)]
    if not _linear(layer):
        activation = own_activation(layer) or layer["config"]["activation"]
        end = free_name(f"{name}_activation", plan.readers)
        new.append(keras_object("layers", "Activation", name=end, activation=activation))
    return new
