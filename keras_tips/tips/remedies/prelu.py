"""Activations whose slope is learned."""

from keras_tips._base.arguments import check_choice
from keras_tips.records.experiment import Experiment
from keras_tips.tips.graph_edit import called_once, free_name, in_every_model, inserted
from keras_tips.tips.layer_config import keras_object, keras_tips_object, same_place
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, name_of, own_activation
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import CONVOLUTIONS

__all__ = ["prelu"]

SHARES = ("channel", "neuron", "all")
FIRST_SLOPE = 0.25  # as in the paper
REPLACED = frozenset(
    ("relu", "relu6", "leaky_relu", "elu", "celu", "sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign", "softmax")
)
WEIGHTED = frozenset(("Dense", *CONVOLUTIONS, "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Conv2DTranspose"))
GATES = frozenset(("Multiply", "Dot"))  # what is multiplied with another signal is a gate, not an activation


@Tip.of(
    treats=("dead_units", "vanishing_gradient", "saturated_units", "missing_nonlinearity"),
    choices={"share": ("channel", "all")},
)
def prelu(experiment: Experiment, share: str = "channel") -> Experiment:
    """Replaces activations of hidden layers by PReLU, which learns its slope for negative inputs.

    Why: a relu unit that is negative for every input is dead: its gradient is zero, and nothing brings it back. With a slope
    on the negative side some gradient always passes. How large that slope should be the network learns by itself, at the
    price of one number per channel.

    When: many relu units are dead, or sigmoid and tanh units saturate.

    Formula: f(z) = z for z > 0, else a z; a begins at 0.25 and is trained. `share`: one a per channel, per `"neuron"`, or
    one for `"all"`.

    The output layer keeps its activation, as do gates and recurrent layers. A layer's own activation becomes linear, and a
    PReLU layer stands behind it.

        model.add(keras.layers.Dense(64)); model.add(keras_tips.layers.PReLU())

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> dense = lambda name, activation: {"class_name": "Dense", "config": {"name": name, "activation": activation}}
    >>> layers = [dense("hidden", "relu"), dense("answer", "softmax")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["class_name"] for layer in get("prelu").apply(experiment).model["config"]["layers"]]
    ['Dense', 'PReLU', 'Dense']

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers", 2015.
    """
    check_choice("share", share, SHARES)

    def edit(plan: ModelPlan, ends: frozenset[str]) -> dict[str, object]:
        behind, layers = {}, []
        for layer in plan.layers:
            if name_of(layer) not in ends and own_activation(layer) in REPLACED and not _kept(layer, plan):
                if layer["class_name"] in WEIGHTED:
                    name = free_name(f"{name_of(layer)}_prelu", plan.readers)
                    behind[name_of(layer)] = [_prelu(name, share, layer)]
                    layer = {**layer, "config": {**layer["config"], "activation": "linear"}}
                elif layer["class_name"] in ("Activation", "ReLU", "LeakyReLU", "ELU"):
                    layer = same_place(layer, _prelu(name_of(layer), share, layer))
            layers.append(layer)
        return inserted(ModelPlan.of(plan.with_layers(layers)), behind)

    return experiment.replace(model=in_every_model(experiment.model, edit))


def _kept(layer: LayerConfig, plan: ModelPlan) -> bool:
    kinds = {name_of(other): other["class_name"] for other in plan.layers}
    gate = any(kinds[reader] in GATES for reader in plan.readers[name_of(layer)])
    return gate or "recurrent_initializer" in layer["config"] or not called_once(layer)


def _prelu(name: str, share: str, layer: LayerConfig) -> LayerConfig:
    slope = keras_object("initializers", "Constant", value=FIRST_SLOPE)
    config = {"name": name, "trainable": True, "share": share, "alpha_initializer": slope}
    if layer["config"].get("data_format"):
        config["data_format"] = layer["config"]["data_format"]
    return keras_tips_object("layers.prelu", "PReLU", **config)
