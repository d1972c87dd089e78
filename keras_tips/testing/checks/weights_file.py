"""A weights file keeps the layer's state."""

import tempfile
from pathlib import Path

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["weights_file"]


def weights_file(subject: Subject) -> None:
    """A new layer with the same arguments that loads the weights of the old one returns what that one returned."""
    subject.need_values()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        subject.model().save_weights(path)
        other = subject.model(subject.fresh())
        other.load_weights(path)
    words = difference(subject.predict(other), subject.outputs)
    if words is not None:
        cure = "Keep the state in weights of the layer, made by add_weight, or of layers that are its attributes."
        raise Defect(f"Expected the same outputs after save_weights and load_weights. Received {words}. {cure}")
