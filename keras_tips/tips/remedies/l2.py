"""A penalty on large weights."""

from collections.abc import Mapping

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.tip import Tip

__all__ = ["l2"]

KERNELS = ("kernel", "depthwise", "pointwise")


@Tip.of(treats=("overfitting", "overtraining"), choices={"strength": (1e-05, 0.0001, 0.001, 0.01)})
def l2(experiment: Experiment, strength: float = 0.001) -> Experiment:
    """Adds the squares of the kernels to the loss; biases stay free.

    Why: of all functions that fit the training rows, one with small weights changes least where inputs change a little. The
    pull is proportional to the weight: large weights give way first.

    When: training is good and validation clearly worse. Deep networks get about the same from stopping early. With Adam and
    its like, `weight_decay` does what is meant.

    Formula: loss + strength * sum of w^2, so each step also does w <- (1 - 2 * rate * strength) w.

    Kernels with an L2 penalty get this strength; those with another penalty keep it.

        keras.layers.Dense(64, kernel_regularizer=keras.regularizers.L2(0.001))

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layer = {"class_name": "Dense", "config": {"name": "answer", "kernel_regularizer": None}}
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}, compile={})
    >>> get("l2").apply(experiment).model["config"]["layers"][0]["config"]["kernel_regularizer"]["config"]
    {'l2': 0.001}

    Source: A. Krogh, J. A. Hertz, "A Simple Weight Decay Can Improve Generalization", 1992.
    """
    check_number("strength", strength, 0.0, low_open=True)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        config = layer["config"]
        for kernel in KERNELS:
            penalty = f"{kernel}_regularizer"
            if penalty in config or f"{kernel}_initializer" in config:
                before = config.get(penalty)
                if before in (None, "l2", "L2") or (isinstance(before, Mapping) and before.get("class_name") == "L2"):
                    config[penalty] = keras_object("regularizers", "L2", l2=strength)
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).everywhere(change))
