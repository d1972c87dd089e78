"""Layers that learn what to add, not what to put in place."""

from typing import Any

from keras_tips._base.arguments import check_choice
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_tips_object, same_place
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, name_of
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import is_convolution, width, width_before

__all__ = ["residual"]

MERGES = frozenset(("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"))
NORMALIZATIONS = ("batch", "layer")


@Tip.of(treats=("depth_degradation", "vanishing_gradient"), choices={"normalization": NORMALIZATIONS})
def residual(experiment: Experiment, normalization: str = "batch") -> Experiment:
    """Turns hidden Dense and convolution layers that keep the width of their inputs into residual blocks.

    Why: a plain network that is made deeper gets worse on the training data itself, since many layers find it hard to hand on
    what they were given. With a shortcut around each layer that is where they start, and the gradient reaches the first
    layers as it is.

    When: a deep network trains worse than a shallow one, or the first layers' gradients vanish.

    Formula: h(x) = x + W a(normalized x) + b, where a is the activation of the layer. A linear layer with its activation in a
    layer behind it becomes x + W x + b.

    The block keeps the layer's name and width. Layers that change the width stay, as do the output layer, and layers that
    lead into an addition or another merge already.

        keras_tips.layers.ResidualBlock(64, depth=1, pre_activation=True)  # in place of Dense(64, activation="relu")

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> dense = lambda name: {"class_name": "Dense", "config": {"name": name, "units": 8, "activation": "relu"}}
    >>> layers = [dense("first"), dense("second"), dense("answer")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["class_name"] for layer in get("residual").apply(experiment).model["config"]["layers"]]
    ['Dense', 'ResidualBlock', 'Dense']

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Identity Mappings in Deep Residual Networks", 2016.
    """
    check_choice("normalization", normalization, NORMALIZATIONS)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        return same_place(layer, _block(layer, plan, normalization)) if _keeps_the_shape(layer, plan) else layer

    return experiment.replace(model=ModelPlan.of(experiment.model).rewritten(change))


def _keeps_the_shape(layer: LayerConfig, plan: ModelPlan) -> bool:
    config = layer["config"]
    kinds = {name_of(other): other["class_name"] for other in plan.layers}
    if any(kinds[reader] in MERGES for reader in plan.readers[name_of(layer)]):
        return False
    if is_convolution(layer):
        strides = config.get("strides", 1)
        plain = config.get("padding") == "same" and set(_numbers(strides)) == {1} and config.get("groups", 1) == 1
        if not plain or set(_numbers(config.get("dilation_rate", 1))) != {1}:
            return False
    elif layer["class_name"] != "Dense":
        return False
    return width(layer) is not None and width(layer) == width_before(layer, plan)


def _numbers(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _block(layer: LayerConfig, plan: ModelPlan, normalization: str) -> LayerConfig:
    own = layer["config"].get("activation")
    plain = own in (None, "linear")  # then its activation, and perhaps a normalization, stand behind it
    config: dict[str, Any] = {"name": name_of(layer), "filters": width(layer), "depth": 1, "activation": None if plain else own}
    config |= {"pre_activation": not plain, "normalization": None if plain else normalization}
    for key in ("kernel_size", "kernel_initializer", "kernel_regularizer", "data_format"):
        if layer["config"].get(key) is not None:
            config[key] = layer["config"][key]
    return keras_tips_object("layers.residual_block", "ResidualBlock", **config)
