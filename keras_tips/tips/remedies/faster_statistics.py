"""Moving averages that keep up with the batches."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.tip import Tip

__all__ = ["faster_statistics"]

USUAL = 0.99  # Keras's momentum


@Tip.of(treats=("stale_batch_statistics",), choices={"momentum": (0.95, 0.9, 0.8)})
def faster_statistics(experiment: Experiment, momentum: float = 0.9) -> Experiment:
    """Lets the moving averages of BatchNormalization follow the batches faster.

    Why: in training the layer uses each batch's mean and variance, afterwards moving averages of them. With Keras's momentum
    of 0.99 those begin at 0 and 1 and still hold a third of that after a hundred batches. A short training ends before
    they arrive, and validation is bad while training is good.

    When: moving averages lie far from the batches' numbers; few updates in all; validation far worse than training, and
    better again when predicted in training mode.

    Formula: average <- momentum * average + (1 - momentum) * batch; after n batches momentum^n of the start is left.

    Momenta that are lower already stay.

        keras.layers.BatchNormalization(momentum=0.9)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layer = {"class_name": "BatchNormalization", "config": {"name": "norm", "momentum": 0.99}}
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}, compile={})
    >>> get("faster_statistics").apply(experiment).model["config"]["layers"][0]["config"]["momentum"]
    0.9

    Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
    Shift", 2015.
    """
    check_number("momentum", momentum, 0.0, 1.0, high_open=True)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        if layer["class_name"] == "BatchNormalization" and layer["config"].get("momentum", USUAL) > momentum:
            layer["config"]["momentum"] = momentum
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).everywhere(change))
