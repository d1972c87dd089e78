"""Biases without a penalty."""

from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.tip import Tip

__all__ = ["no_bias_penalty"]

PENALTIES = ("bias_regularizer", "gamma_regularizer", "beta_regularizer")


@Tip.of(treats=("bias_regularized", "over_regularized"))
def no_bias_penalty(experiment: Experiment) -> Experiment:
    """Removes penalties from biases, and from scales and shifts of normalizations; kernels keep theirs.

    Why: a penalty on kernels makes the function smoother. A bias only moves it: pulled toward zero, it cannot be where the
    data are, and the function is not any smoother for it. Biases are few, so they hardly overfit.

    When: layers have a `bias_regularizer`.

    Formula: loss + strength * sum of w^2 over kernels only.

        keras.layers.Dense(64, kernel_regularizer="l2")  # and no bias_regularizer

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layer = {"class_name": "Dense", "config": {"name": "answer", "kernel_regularizer": "l2", "bias_regularizer": "l2"}}
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}, compile={})
    >>> get("no_bias_penalty").apply(experiment).model["config"]["layers"][0]["config"]
    {'name': 'answer', 'kernel_regularizer': 'l2', 'bias_regularizer': None}

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep Learning", section 7.1, 2016.
    """

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        for penalty in PENALTIES:
            if layer["config"].get(penalty) is not None:
                layer["config"][penalty] = None
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).everywhere(change))
