"""A `.keras` file keeps the layer."""

import tempfile
from pathlib import Path

import keras

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["keras_file"]


def keras_file(subject: Subject) -> None:
    """A model that was saved and loaded, without `custom_objects`, returns what it returned before."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        subject.model().save(path)
        loaded = keras.saving.load_model(path)
    if not any(type(layer) is type(subject.layer) for layer in loaded.layers):
        cure = "Register the class under a name of its own."
        raise Defect(f"Expected a {type(subject.layer).__name__} in the loaded model. Received none. {cure}")
    subject.need_values()
    words = difference(subject.predict(loaded), subject.outputs)
    if words is not None:
        cure = "Keep whatever the outputs depend on in weights, or in get_config."
        raise Defect(f"Expected a loaded model to return what it returned before. Received {words}. {cure}")
