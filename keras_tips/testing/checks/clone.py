"""`keras.models.clone_model` makes the same layer."""

import keras

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["clone"]


def clone(subject: Subject) -> None:
    """A cloned model has weights of its own, and returns the same once it has got those of the model."""
    subject.need_values()
    model = subject.model()
    twin = keras.models.clone_model(model)
    if {id(weight) for weight in twin.weights} & {id(weight) for weight in model.weights}:
        cure = "Make weights in build, one set per layer."
        raise Defect(f"Expected a clone with weights of its own. Received shared ones. {cure}")
    twin.set_weights(model.get_weights())
    words = difference(subject.predict(twin), subject.outputs)
    if words is not None:
        cure = "Keep whatever the outputs depend on in weights, or in get_config."
        raise Defect(f"Expected the same outputs of clone_model with the same weights. Received {words}. {cure}")
