"""Less regularization by penalties."""

from collections.abc import Mapping
from typing import Any

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.optimizer_plan import optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip

__all__ = ["weaker_penalty"]

# Entries of a regularizer's config that are strengths: of L1, L2, L1L2, OrthogonalRegularizer, Lp and TowardReference.
STRENGTHS = ("l1", "l2", "factor", "strength")
NAMES = {"l1": ("L1", {"l1": 0.01}), "l2": ("L2", {"l2": 0.01}), "l1_l2": ("L1L2", {"l1": 0.01, "l2": 0.01})}  # Keras's own


@Tip.of(treats=("over_regularized", "bias_regularized", "dead_units"), choices={"factor": (0.3, 0.1, 0.01)}, repeats=True)
def weaker_penalty(experiment: Experiment, factor: float = 0.1) -> Experiment:
    """Multiplies the strength of every penalty, and the optimizer's weight decay, by a tenth.

    Why: a penalty asks for small weights, the data ask for what they need. Where the penalty is the larger part of the loss,
    the best network is one that hardly looks at its inputs.

    When: the training result is bad, and the penalty is a large part of the loss.

    Formula: loss = data + factor * strength * R(w).

    Penalties on kernels, biases and outputs of layers are all made weaker; what a layer adds by `add_loss` is weighted in
    its own code. Applying the tip again goes a step further.

        keras.layers.Dense(64, kernel_regularizer=keras.regularizers.L2(0.0001))  # in place of 0.001

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> penalty = {"class_name": "L2", "config": {"l2": 0.5}}
    >>> layer = {"class_name": "Dense", "config": {"name": "answer", "kernel_regularizer": penalty}}
    >>> model = {"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}
    >>> changed = get("weaker_penalty").apply(Experiment(model, {"optimizer": "sgd"}))
    >>> changed.model["config"]["layers"][0]["config"]["kernel_regularizer"]["config"]
    {'l2': 0.05}

    Source: A. Krogh, J. A. Hertz, "A Simple Weight Decay Can Improve Generalization", 1992.
    """
    check_number("factor", factor, 0.0, 1.0, high_open=True)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        config = layer["config"]
        for key in [key for key in config if key.endswith("_regularizer")]:
            config[key] = _weaker(config[key], factor)
        if layer["class_name"] == "ActivityRegularization":
            config |= {key: config[key] * factor for key in ("l1", "l2") if config.get(key)}
        return layer

    changed = experiment.replace(model=ModelPlan.of(experiment.model).everywhere(change))
    optimizer = optimizer_of(experiment)
    decay = optimizer["config"].get("weight_decay")
    if not decay:
        return changed
    return with_optimizer(changed, {**optimizer, "config": {**optimizer["config"], "weight_decay": decay * factor}})


def _weaker(penalty: Any, factor: float) -> Any:
    if isinstance(penalty, str) and penalty.lower() in NAMES:
        name, config = NAMES[penalty.lower()]
        penalty = keras_object("regularizers", name, **config)
    if not isinstance(penalty, Mapping) or not isinstance(penalty.get("config"), Mapping):
        return penalty
    config = {key: value * factor if key in STRENGTHS and value else value for key, value in penalty["config"].items()}
    return {**penalty, "config": config}
