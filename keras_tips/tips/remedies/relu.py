"""Activations that do not saturate."""

from keras_tips._base.arguments import check_choice
from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, name_of
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import TAKING_ANY, is_convolution, width, width_before, width_is_free

__all__ = ["relu"]

ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "selu", "silu", "softplus")
SATURATING = frozenset(("sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign", "softmax", "log_softmax"))
GATES = frozenset(("Multiply", "Dot"))  # A sigmoid or softmax that weighs another signal is a gate, not an activation.


@Tip.of(
    treats=("vanishing_gradient", "saturated_units", "hidden_activation_unsuitable", "missing_nonlinearity", "plateau"),
    choices={"activation": ("relu", "leaky_relu", "elu", "gelu")},
)
def relu(experiment: Experiment, activation: str = "relu") -> Experiment:
    """Replaces saturating activations of hidden layers (sigmoid, tanh, softsign, softmax) by one that does not saturate, and
    gives one to linear layers that lead straight into the next layer with weights.

    Why: a layer multiplies the gradient that passes it by the slope of its activation. A sigmoid's slope is at most 1/4 and
    nearly zero where it saturates, so the product over many layers vanishes and the first layers stop learning. For a
    positive input the slope of relu is 1. Two linear layers with nothing between them can do no more than one.

    When: the first layers' gradients are orders of magnitude below the last layers', or units sit at the borders of a
    sigmoid or tanh. Where many relu units are dead, take `leaky_relu` or `elu`, which also replace relu itself.

    Formula: relu(z) = max(0, z); leaky_relu(z) = max(0.2 z, z) in Keras; elu(z) = z for z > 0, else exp(z) - 1.

    A linear layer that is narrower than both its neighbours stays linear: as a bottleneck it has its use. The output layer
    keeps its activation, as do gates (a sigmoid that is multiplied with another signal) and recurrent
    layers, which need theirs. Initializers stay as they are: the tip `he_initialization` fits them.

        model.add(keras.layers.Dense(64, activation="relu"))

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> dense = lambda name, activation: {"class_name": "Dense", "config": {"name": name, "activation": activation}}
    >>> layers = [dense("hidden", "sigmoid"), dense("answer", "sigmoid")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["config"]["activation"] for layer in get("relu").apply(experiment).model["config"]["layers"]]
    ['relu', 'sigmoid']

    Source: X. Glorot, A. Bordes, Y. Bengio, "Deep Sparse Rectifier Neural Networks", 2011.
    """
    check_choice("activation", activation, ACTIVATIONS)
    replaced = SATURATING if activation == "relu" else SATURATING | {"relu"}

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        if "recurrent_initializer" in layer["config"] or _gates(layer, plan):
            return layer
        if layer["config"].get("activation") in replaced or _lacks(layer, plan):
            layer["config"]["activation"] = activation
        elif layer["class_name"] == "Softmax" or (layer["class_name"] == "ReLU" and "relu" in replaced):
            return _activation_layer(layer, activation)
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).rewritten(change))


def _gates(layer: LayerConfig, plan: ModelPlan) -> bool:
    kinds = {name_of(other): other["class_name"] for other in plan.layers}
    return any(kinds[reader] in GATES for reader in plan.readers[name_of(layer)])


def _lacks(layer: LayerConfig, plan: ModelPlan) -> bool:
    """Whether a linear layer leads straight into the next layer with weights, and is no bottleneck."""
    if layer["class_name"] != "Dense" and not is_convolution(layer):
        return False
    if layer["config"].get("activation", "linear") not in (None, "linear") or plan.activation(layer) not in (None, "linear"):
        return False
    if not width_is_free(layer, plan):
        return False
    before, after = width_before(layer, plan), _width_after(layer, plan)
    return before is None or after is None or (width(layer) or before) >= min(before, after)


def _width_after(layer: LayerConfig, plan: ModelPlan) -> int | None:
    by_name = {name_of(other): other for other in plan.layers}
    (reader,) = plan.readers[name_of(layer)]
    while by_name[reader]["class_name"] not in TAKING_ANY:
        (reader,) = plan.readers[reader]
    return width(by_name[reader])


def _activation_layer(layer: LayerConfig, activation: str) -> LayerConfig:
    """The same place in the model, filled with an `Activation` layer."""
    kept = {key: layer["config"][key] for key in ("name", "trainable", "dtype") if key in layer["config"]}
    new = {"module": "keras.layers", "class_name": "Activation", "registered_name": None}
    return {**layer, **new, "config": {**kept, "activation": activation}}
