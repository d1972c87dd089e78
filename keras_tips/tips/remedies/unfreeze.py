"""Weights that may learn."""

from collections.abc import Mapping
from typing import Any

from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import ModelPlan
from keras_tips.tips.tip import Tip

__all__ = ["unfreeze"]


@Tip.of(treats=("frozen_layers", "capacity_too_low"))
def unfreeze(experiment: Experiment) -> Experiment:
    """Sets `trainable` to True for the model and for every layer in it.

    Why: a frozen layer stays what it was at the start. That is meant where its weights come from a trained network, and a
    mistake where they are random: then the rest has to make do with random features.

    When: `trainable=False` was set and forgotten, or set on layers that were never trained. A base of trained weights may
    stay frozen at first; once the new layers have learned, thaw it at a tenth of the learning rate or less.

    Keras looks at `trainable` when `compile` is called: set later, it has no effect until the next `compile`.

        base.trainable = True; model.compile(keras.optimizers.Adam(1e-5), loss=loss)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layer = {"class_name": "Dense", "config": {"name": "hidden", "trainable": False}}
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}, compile={})
    >>> get("unfreeze").apply(experiment).model["config"]["layers"][0]["config"]["trainable"]
    True

    Source: J. Yosinski, J. Clune, Y. Bengio, H. Lipson, "How transferable are features in deep neural networks?", 2014.
    """
    ModelPlan.of(experiment.model)
    return experiment.replace(model=_thawed(experiment.model))


def _thawed(config: Any) -> Any:
    if isinstance(config, Mapping):
        return {key: True if key == "trainable" and value is False else _thawed(value) for key, value in config.items()}
    return [_thawed(part) for part in config] if isinstance(config, list) else config
