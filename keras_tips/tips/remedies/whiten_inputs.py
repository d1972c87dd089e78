"""Inputs without correlations."""

import math

from keras_tips._base.arguments import invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.front_layer import in_front
from keras_tips.tips.layer_config import keras_tips_object
from keras_tips.tips.model_plan import LayerConfig
from keras_tips.tips.tip import Tip

__all__ = ["whiten_inputs"]

MOST_FEATURES = 4096  # a square matrix of that many takes 64 MiB, and its eigenvectors about a minute


@Tip.of(treats=("inputs_not_scaled", "saturated_units", "learning_rate_too_low", "plateau"), choices={"zca": (True, False)})
def whiten_inputs(experiment: Experiment, zca: bool = True) -> Experiment:
    """Puts a PCAWhitening layer in front that makes the features uncorrelated and of variance 1 over the training inputs.

    Why: where features go together, the error surface is a valley that is long in the direction they share and narrow
    across it; scaling each feature by itself cannot change that. After whitening the surface of a linear layer is as round
    as the data allow, and one learning rate fits all directions.

    When: features are of very different scale or strongly correlated, such as neighbouring pixels.

    Formula: (x - mean) @ components / deviation, and with `zca` then @ components^T, which turns the result back as close to
    the inputs as white features can be: images still look like images, as convolutions need it.

    The layer is listed in `Experiment.adapt`: `keras_tips.tips.train` fits it to the training inputs only. Directions in
    which the training inputs hardly vary are enlarged the most, noise with them. For at most 4096 features.

        whitening = keras_tips.layers.PCAWhitening(zca=True); whitening.adapt(x_train)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layers = [{"class_name": "Dense", "config": {"name": "answer", "units": 1}}]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> white = get("whiten_inputs").apply(experiment)
    >>> [layer["class_name"] for layer in white.model["config"]["layers"]], white.adapt
    (['PCAWhitening', 'Dense'], ('whiten_inputs',))

    Source: Y. LeCun, L. Bottou, G. Orr, K.-R. Mueller, "Efficient BackProp", 1998.
    """
    if not isinstance(zca, bool):
        raise invalid("zca", "True or False", zca)

    def make(name: str, first: LayerConfig) -> LayerConfig:
        shape = (first["config"].get("batch_shape") or [None])[1:]
        if None in shape or math.prod(shape) > MOST_FEATURES:
            cure = "Take scale_inputs, which looks at each feature by itself."
            raise invalid("experiment", f"inputs of at most {MOST_FEATURES} features, all lengths known", shape, cure)
        return keras_tips_object("layers.pca_whitening", "PCAWhitening", name=name, trainable=True, zca=zca)

    changed, added = in_front(experiment, "whiten_inputs", make, ("PCAWhitening",))
    return changed.replace(adapt=(*added, *changed.adapt)) if added else experiment
