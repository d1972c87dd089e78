"""Activations that are learned."""

import math
from typing import Any

from keras_tips._base.arguments import check_integer
from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import ACTIVATION_LAYERS, LayerConfig, ModelPlan, name_of, own_activation
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import width_is_free

__all__ = ["maxout"]

KEPT = (
    "name",
    "trainable",
    "dtype",
    "use_bias",
    "kernel_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
)


@Tip.of(
    treats=("dead_units", "saturated_units", "vanishing_gradient", "capacity_too_low"),
    choices={"pieces": (2, 3, 4)},
)
def maxout(experiment: Experiment, pieces: int = 2) -> Experiment:
    """Replaces hidden Dense layers and their activation by MaxoutDense, which learns its activation.

    Why: a maxout unit is the largest of `pieces` linear functions of its inputs, so it learns a convex activation: relu and
    the absolute value are special cases. The largest piece always has slope 1 for its own weights: no unit can be dead.

    When: many relu units are dead, or sigmoid and tanh units saturate.

    Formula: h(x) = max over k of (w_k . x + b_k), for k = 1 ... pieces.

    Parameters: a maxout unit has `pieces` times the weights of an ordinary one. To keep the count comparable, a layer
    becomes narrower, round(units / sqrt(pieces)), so that the kernel between two such layers keeps its size:
    (units / sqrt(pieces))^2 * pieces = units^2. A layer whose width another layer relies on (its output does not go
    straight into a Dense layer) keeps its units and grows.

    The output layer and linear layers stay. An activation layer that belonged to a replaced Dense layer becomes linear.

        keras_tips.layers.MaxoutDense(45, pieces=2)  # in place of Dense(64, activation="relu")

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> dense = lambda **config: {"class_name": "Dense", "config": config}
    >>> layers = [dense(name="hidden", units=64, activation="relu"), dense(name="answer", units=10, activation="softmax")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> hidden = get("maxout").apply(experiment).model["config"]["layers"][0]
    >>> hidden["class_name"], hidden["config"]["units"], hidden["config"]["pieces"]
    ('MaxoutDense', 45, 2)

    Source: I. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, "Maxout Networks", 2013.
    """
    check_integer("pieces", pieces, low=2)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        if _replaceable(layer, plan):
            return _maxout_dense(layer, pieces, narrow=width_is_free(layer, plan))
        if any(_applies(layer, other, plan) for other in plan.layers if _replaceable(other, plan)):
            return _linear(layer)
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).rewritten(change))


def _replaceable(layer: LayerConfig, plan: ModelPlan) -> bool:
    """Whether it is a hidden Dense layer with an activation, its own or that of a layer behind it."""
    hidden = name_of(layer) not in plan.output_names
    return layer["class_name"] == "Dense" and hidden and plan.activation(layer) not in (None, "linear")


def _applies(layer: LayerConfig, dense: LayerConfig, plan: ModelPlan) -> bool:
    """Whether `layer` is the activation layer of a linear `dense`."""
    if layer["class_name"] not in ("Activation", *ACTIVATION_LAYERS) or own_activation(dense) not in (None, "linear"):
        return False
    by_name = {name_of(other): other for other in plan.layers}
    readers = plan.readers[name_of(dense)]
    while len(readers) == 1 and own_activation(by_name[readers[0]]) in (None, "linear"):
        readers = plan.readers[readers[0]]
    return readers == (name_of(layer),)


def _maxout_dense(layer: LayerConfig, pieces: int, narrow: bool) -> LayerConfig:
    units = layer["config"]["units"]
    config: dict[str, Any] = {key: layer["config"][key] for key in KEPT if key in layer["config"]}
    config |= {"units": max(1, round(units / math.sqrt(pieces))) if narrow else units, "pieces": int(pieces)}
    new = {"module": "keras_tips.layers.maxout_dense", "class_name": "MaxoutDense", "registered_name": "keras_tips>MaxoutDense"}
    return {**layer, **new, "config": config}


def _linear(layer: LayerConfig) -> LayerConfig:
    kept = {key: layer["config"][key] for key in ("name", "trainable", "dtype") if key in layer["config"]}
    new = {"module": "keras.layers", "class_name": "Activation", "registered_name": None}
    return {**layer, **new, "config": {**kept, "activation": "linear"}}
