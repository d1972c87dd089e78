"""Less dropout."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.tip import Tip

__all__ = ["lower_dropout"]


@Tip.of(treats=("dropout_too_high", "undertrained"), choices={"factor": (0.5, 0.25)}, repeats=True)
def lower_dropout(experiment: Experiment, factor: float = 0.5) -> Experiment:
    """Halves the rate of every dropout.

    Why: dropout is noise on the signal. With nine units of ten left out, what reaches the output is mostly noise, all the
    more behind several such layers, and the training result itself is bad.

    When: the training loss without dropout is bad too, and rates are high or dropouts many.

    Formula: the noise of a unit behind dropout has variance rate / (1 - rate) times its square: 1 at 0.5, 9 at 0.9.

    The rates of recurrent layers are halved as well. Applying the tip again goes a step further.

        keras.layers.Dropout(0.25)  # in place of 0.5

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layer = {"class_name": "Dropout", "config": {"name": "drop", "rate": 0.9}}
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}, compile={})
    >>> get("lower_dropout").apply(experiment).model["config"]["layers"][0]["config"]["rate"]
    0.45

    Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout: A Simple Way to Prevent Neural
    Networks from Overfitting", 2014.
    """
    check_number("factor", factor, 0.0, 1.0, high_open=True)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        config = layer["config"]
        keys = ["rate"] if "dropout" in layer["class_name"].lower() else ["dropout", "recurrent_dropout"]
        for key in keys:
            if isinstance(config.get(key), (int, float)) and config[key] > 0:
                config[key] = config[key] * factor
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).everywhere(change))
