"""Inputs of mean zero and deviation one."""

from keras_tips._base.arguments import check_choice
from keras_tips.records.experiment import Experiment
from keras_tips.tips.front_layer import in_front
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.model_plan import LayerConfig
from keras_tips.tips.tip import Tip

__all__ = ["scale_inputs"]

AXES = {"feature": -1, "all": None}
# Layers that bring inputs to a common scale: behind one of them there is nothing left to do.
SCALING = frozenset(("Normalization", "Rescaling", "BatchNormalization", "LayerNormalization", "MinMaxScaling", "PCAWhitening"))


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

    def make(name: str, first: LayerConfig) -> LayerConfig:
        config = {"name": name, "trainable": True, "axis": axis, "mean": None, "variance": None, "invert": False}
        if first["class_name"] == "InputLayer" and first["config"].get("dtype") == "float64":
            config["dtype"] = "float64"
        return keras_object("layers", "Normalization", **config)

    changed, added = in_front(experiment, "scale_inputs", make, SCALING)
    return changed.replace(adapt=(*added, *changed.adapt)) if added else experiment
