"""Starting weights of the right size for relu."""

from keras_tips._base.arguments import check_choice
from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.tip import Tip

__all__ = ["he_initialization"]

INITIALIZERS = {"normal": "HeNormal", "uniform": "HeUniform"}
# Activations that pass about half of their inputs on. selu is not among them: it is made for LeCun's initialization.
RELU_LIKE = frozenset(("relu", "leaky_relu", "relu6", "elu", "celu", "gelu", "silu", "swish", "hard_silu", "mish", "prelu"))
KERNELS = ("kernel_initializer", "depthwise_initializer", "pointwise_initializer")


@Tip.of(
    treats=("initialization_scale", "symmetric_initialization", "vanishing_gradient", "exploding_gradient", "dead_units"),
    choices={"distribution": ("normal", "uniform")},
)
def he_initialization(experiment: Experiment, distribution: str = "normal") -> Experiment:
    """Gives hidden layers with relu or one of its relatives the initialization of He.

    Why: with relu half of the units are silent, so each layer halves the variance of what it passes on, unless its weights
    are larger by a factor of sqrt(2) to make up for that. Otherwise signals and gradients shrink or grow layer by layer
    before the first step. Kernels that are all equal are cured as well: random weights tell the units apart.

    When: the variance of activations or gradients changes from layer to layer at the start; kernels begin constant or zero.

    Formula: weights of variance 2 / fan_in, that is a deviation of sqrt(2 / fan_in) (`"normal"`), or uniform between
    -sqrt(6 / fan_in) and sqrt(6 / fan_in) (`"uniform"`).

    Layers with tanh, sigmoid or selu keep their initializer, as does the output layer.

        keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal")

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> hidden = {"name": "hidden", "activation": "relu", "kernel_initializer": "zeros"}
    >>> layers = [{"class_name": "Dense", "config": config} for config in (hidden, {"name": "answer"})]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> get("he_initialization").apply(experiment).model["config"]["layers"][0]["config"]["kernel_initializer"]["class_name"]
    'HeNormal'

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers", 2015.
    """
    kind = INITIALIZERS[check_choice("distribution", distribution, INITIALIZERS)]

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        if "recurrent_initializer" in layer["config"] or plan.activation(layer) not in RELU_LIKE:
            return layer
        for kernel in KERNELS:
            if kernel in layer["config"]:
                layer["config"][kernel] = {
                    "module": "keras.initializers",
                    "class_name": kind,
                    "config": {"seed": None},
                    "registered_name": None,
                }
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).rewritten(change))
