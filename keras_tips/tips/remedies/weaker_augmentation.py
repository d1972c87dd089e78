"""Training inputs that stay close to real ones."""

from typing import Any

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.graph_edit import in_every_model, without
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, name_of
from keras_tips.tips.tip import Tip

__all__ = ["weaker_augmentation"]

OTHERS = frozenset(("AugMix", "CutMix", "GaussianNoise", "MixUp", "PCALighting", "RandAugment"))
# Layers whose output has another shape than their input: the model is built for it.
RESIZING = frozenset(("RandomCrop", "ShortestSideCrop"))
AMOUNTS = ("stddev", "alpha")  # besides all that end in "factor"


@Tip.of(treats=("augmentation_shift", "train_validation_shift"), choices={"factor": (0.5, 0.25, 0.0)}, repeats=True)
def weaker_augmentation(experiment: Experiment, factor: float = 0.5) -> Experiment:
    """Halves what augmentation layers do to the training inputs; with `factor=0` it takes them out.

    Why: augmentation shows inputs as they might have been. Too strong, it shows inputs as they never are, and the network
    learns for a world that validation does not belong to.

    When: the training inputs behind augmentation lie far from the validation inputs, and validation is worse than training
    by more than overfitting explains.

    Formula: every factor, range and deviation of the layers is multiplied by `factor`; 0 is no change of the input.

    Layers without an amount, such as RandomFlip, change only with `factor=0`; crops stay, since the model is built for their
    size. Applying the tip again goes a step further.

        keras.layers.RandomRotation(0.05)  # in place of 0.1

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layer = {"class_name": "RandomRotation", "config": {"name": "turn", "factor": [-0.5, 0.5]}}
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}, compile={})
    >>> get("weaker_augmentation").apply(experiment).model["config"]["layers"][0]["config"]["factor"]
    [-0.25, 0.25]

    Source: C. Shorten, T. M. Khoshgoftaar, "A survey on Image Data Augmentation for Deep Learning", 2019.
    """
    check_number("factor", factor, 0.0, 1.0, high_open=True)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        if _augments(layer):
            for key, value in layer["config"].items():
                if key.endswith("factor") or key in AMOUNTS:
                    layer["config"][key] = _times(value, factor)
        return layer

    def remove(plan: ModelPlan, ends: frozenset[str]) -> dict[str, Any]:
        return without(plan, {name_of(layer) for layer in plan.layers if _augments(layer)})

    if factor == 0:
        return experiment.replace(model=in_every_model(experiment.model, remove))
    return experiment.replace(model=ModelPlan.of(experiment.model).everywhere(change))


def _augments(layer: LayerConfig) -> bool:
    name = layer["class_name"]
    return (name.startswith("Random") or name in OTHERS) and name not in RESIZING


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, (list, tuple)):
        return [_times(part, factor) for part in value]
    return value * factor if isinstance(value, (int, float)) and not isinstance(value, bool) else value
