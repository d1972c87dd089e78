"""Training inputs that vary as real ones do."""

from keras_tips._base.arguments import check_number, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.front_layer import in_front
from keras_tips.tips.graph_edit import free_name, inserted
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, name_of
from keras_tips.tips.tip import Tip

__all__ = ["augment"]

# Layers behind which a feature's deviation is about 1, so that noise has a known size.
SCALING = frozenset(("Normalization", "BatchNormalization", "LayerNormalization", "PCAWhitening"))
TURN = 0.25  # of `strength`: the part of a full turn by which images are turned


@Tip.of(treats=("overfitting", "overtraining"), choices={"strength": (0.05, 0.1, 0.2)})
def augment(experiment: Experiment, strength: float = 0.1) -> Experiment:
    """Shifts and turns training images at random; adds noise to rows of numbers. Validation and later use see neither.

    Why: a digit that is shifted by a pixel is the same digit. Told so by examples, the network cannot learn by heart where
    each pixel was. This is the next best thing to more data.

    When: training is good and validation clearly worse. Only changes that leave the label true are right: that holds for
    small shifts and turns of most images. Mirroring is not among them here, since it makes a b of a d; add
    `keras.layers.RandomFlip` where it is.

    Formula: shifts of up to strength times the image's height and width, turns of up to strength / 4 of a full turn; noise of
    deviation `strength` on inputs that are scaled to deviation 1.

    Rows of numbers need a Normalization in front: apply `scale_inputs` first, so that noise has a known size.

        keras.Sequential([keras.layers.RandomTranslation(0.1, 0.1), keras.layers.RandomRotation(0.025), *layers])

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layers = [{"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 8, 8, 1]}}]
    >>> layers += [{"class_name": "Conv2D", "config": {"name": "first", "filters": 4}}]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["class_name"] for layer in get("augment").apply(experiment).model["config"]["layers"]]
    ['InputLayer', 'RandomTranslation', 'RandomRotation', 'Conv2D']

    Source: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012.
    """
    check_number("strength", strength, 0.0, 1.0, low_open=True)
    plan = ModelPlan.of(experiment.model)
    if not _reads_images(plan):
        return _noisy(experiment, plan, strength)

    def turn(name: str, first: LayerConfig) -> LayerConfig:
        return keras_object("layers", "RandomRotation", name=name, factor=strength * TURN, fill_mode="nearest")

    def shift(name: str, first: LayerConfig) -> LayerConfig:
        factors = {"height_factor": strength, "width_factor": strength, "fill_mode": "nearest"}
        return keras_object("layers", "RandomTranslation", name=name, **factors)

    turned, _ = in_front(experiment, "turn_inputs", turn, ("RandomRotation", "RandomTranslation"))
    shifted, _ = in_front(turned, "shift_inputs", shift, ("RandomTranslation",))
    return shifted


def _reads_images(plan: ModelPlan) -> bool:
    shapes = [layer["config"].get("batch_shape") or () for layer in plan.layers if layer["class_name"] == "InputLayer"]
    if shapes:
        return all(len(shape) == 4 for shape in shapes)
    return bool(plan.layers) and plan.layers[0]["class_name"] in ("Conv2D", "RandomTranslation")


def _noisy(experiment: Experiment, plan: ModelPlan, strength: float) -> Experiment:
    if any(layer["class_name"] == "GaussianNoise" for layer in plan.layers):
        return experiment
    if plan.sequential:
        first = [layer for layer in plan.layers if layer["class_name"] != "InputLayer"][:1]
    else:
        sources = [name_of(layer) for layer in plan.layers if layer["class_name"] == "InputLayer"]
        first = [layer for layer in plan.layers if set(plan.sources[name_of(layer)]) & set(sources)]
    scaled = [name_of(layer) for layer in first if layer["class_name"] in SCALING]
    if not scaled:
        raise invalid("experiment", "images, or inputs that are scaled first", list(map(name_of, first)), "Apply scale_inputs.")
    names: list[str] = []
    for _ in scaled:
        names.append(free_name("noise", [*plan.readers, *names]))
    noises = {
        source: [keras_object("layers", "GaussianNoise", name=name, stddev=strength)]
        for source, name in zip(scaled, names, strict=True)
    }
    return experiment.replace(model=inserted(plan, noises))
