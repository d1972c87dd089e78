"""`copy.deepcopy` makes the same layer, and another one."""

import copy

import keras
import numpy as np

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["copies"]

CURE = "Keep whatever the outputs depend on in weights, or in get_config: copies are made from these."


def copies(subject: Subject) -> None:
    """A deep copy, made before or after the layer is built or with its model, returns the same and does not share weights."""
    early = copy.deepcopy(subject.new())
    late = copy.deepcopy(subject.layer)
    model = copy.deepcopy(subject.model())
    subject.need_values()
    if subject.adapted:
        early.adapt(subject.inputs)
    subject.call(early)
    early.set_weights(subject.layer.get_weights())
    for when, layer in (("before", early), ("after", late)):
        words = difference(subject.call(layer), subject.outputs)
        if words is not None:
            raise Defect(f"Expected the same outputs of a deep copy made {when} the layer was built. Received {words}. {CURE}")
    words = difference(subject.predict(model), subject.outputs)
    if words is not None:
        raise Defect(f"Expected the same outputs of a deep copy of the layer's model. Received {words}. {CURE}")
    _stand_apart(late, subject)


def _stand_apart(layer: keras.layers.Layer, subject: Subject) -> None:
    for weight in layer.trainable_weights:
        weight.assign(np.zeros(weight.shape))
    words = difference(subject.call(subject.layer), subject.outputs)
    if words is not None:
        cure = "Make the weights in build, one set per layer."
        raise Defect(f"Expected a layer that does not feel what is done to its deep copy. Received {words}. {cure}")
