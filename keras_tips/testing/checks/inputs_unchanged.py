"""What goes in stays as it is."""

import keras

from keras_tips.testing.arrays import difference, to_numpy
from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["inputs_unchanged"]


def inputs_unchanged(subject: Subject) -> None:
    """The tensors that the layer was called on hold the same numbers afterwards, at inference and in training."""
    for mode in ({"training": False}, {"training": True}) if subject.has_modes else ({},):
        inputs = keras.tree.map_structure(keras.ops.copy, subject.tensors())
        subject.apply(subject.twin(), inputs, **mode)
        words = difference(to_numpy(inputs), keras.tree.flatten(subject.inputs), tolerance=0.0)
        if words is not None:
            cure = "Write `x = x + y`, not `x += y`: PyTorch adds in place, so other layers would see the change."
            raise Defect(f"Expected inputs that are left as they are. Received {words}. {cure}")
