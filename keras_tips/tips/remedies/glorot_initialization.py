"""Starting weights of the right size for each layer's activation."""

from keras_tips._base.arguments import check_choice
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_tips_object
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.tip import Tip

__all__ = ["glorot_initialization"]

DISTRIBUTIONS = ("uniform", "normal")
# Activation -> which of GlorotForActivation's it behaves like about zero. selu is not among them: it is made for LeCun's.
LIKE = (
    dict.fromkeys(("tanh", "softsign", "hard_tanh", "tanh_shrink"), "tanh")
    | dict.fromkeys(("sigmoid", "hard_sigmoid"), "sigmoid")
    | dict.fromkeys(
        ("relu", "leaky_relu", "relu6", "elu", "celu", "gelu", "silu", "swish", "hard_silu", "mish", "prelu"), "relu"
    )
    | dict.fromkeys((None, "linear"), "linear")
)
KERNELS = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")


@Tip.of(
    treats=("initialization_scale", "symmetric_initialization", "saturated_units", "vanishing_gradient", "exploding_gradient"),
    choices={"distribution": DISTRIBUTIONS},
)
def glorot_initialization(experiment: Experiment, distribution: str = "uniform") -> Experiment:
    """Gives each hidden layer the initialization of Glorot with the factor that suits its activation.

    Why: signals on their way forward and gradients on their way back should keep their variance from layer to layer, or
    else they shrink or grow with every one. How large weights must be for that depends on the activation's slope. Weights
    that are too large drive sigmoid and tanh units to their borders from the start. Kernels that are all equal are cured as
    well: random weights tell the units apart.

    When: the variance of activations or gradients changes from layer to layer at the start; kernels begin constant or zero.

    Formula: uniform between -a and a, with a = sqrt(6 / (fan_in + fan_out)) for tanh and no activation, 4 times that for
    sigmoid (its slope at 0 is 1/4), and sqrt(6 / fan_in) for relu and its relatives, which pass on half of the inputs.

    The output layer keeps its initializer, as do recurrent layers and those with selu.

        keras.layers.Dense(64, "sigmoid", kernel_initializer=keras_tips.initializers.GlorotForActivation("sigmoid"))

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> hidden = {"name": "hidden", "activation": "sigmoid", "kernel_initializer": "ones"}
    >>> layers = [{"class_name": "Dense", "config": config} for config in (hidden, {"name": "answer"})]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> changed = get("glorot_initialization").apply(experiment)
    >>> changed.model["config"]["layers"][0]["config"]["kernel_initializer"]["config"]["activation"]
    'sigmoid'

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    check_choice("distribution", distribution, DISTRIBUTIONS)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        like = LIKE.get(plan.activation(layer))
        own = layer["config"].get("activation")
        if like is None or "recurrent_initializer" in layer["config"] or not isinstance(own, (str, type(None))):
            return layer
        for kernel in KERNELS:
            if kernel in layer["config"]:
                layer["config"][kernel] = keras_tips_object(
                    "initializers.glorot_for_activation",
                    "GlorotForActivation",
                    activation=like,
                    distribution=distribution,
                    seed=None,
                )
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).rewritten(change))
