"""The layer in a model that was exported to be served without Python code."""

import importlib.util
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np

from keras_tips.testing.arrays import difference, to_numpy
from keras_tips.testing.defect import Defect
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["export"]


def export(subject: Subject) -> None:
    """`model.export` works, and the exported program returns what the layer returns.

    To a SavedModel on TensorFlow and JAX, to a program of `torch.export` on PyTorch.
    """
    way = {"tensorflow": _saved_model, "jax": _saved_model, "torch": _torch_program}.get(keras.backend.backend())
    if way is None:
        raise NotExamined(f"no export is known for the backend {keras.backend.backend()}")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about how Keras exports, not about the layer
        outputs, expected = way(subject, Path(folder))
    subject.need_values()
    words = difference(outputs, expected)
    if words is not None:
        cure = "Use keras.ops throughout, keep state in weights, and let `training` be off by default: export does not set it."
        raise Defect(f"Expected the outputs of the layer from the exported model. Received {words}. {cure}")


def _saved_model(subject: Subject, folder: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    if importlib.util.find_spec("tensorflow") is None:
        raise NotExamined("a SavedModel takes TensorFlow")
    import tensorflow as tf

    subject.model().export(folder / "model", verbose=False)
    loaded = tf.saved_model.load(str(folder / "model"))
    served = loaded.serve(keras.tree.map_structure(tf.convert_to_tensor, subject.inputs))
    return [each.numpy() for each in tf.nest.flatten(served)], subject.outputs


def _torch_program(subject: Subject, folder: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    import torch

    path = folder / "model.pt2"
    subject.need_free_batch()
    subject.model().export(path, format="torch", verbose=False)
    one = keras.tree.map_structure(lambda array: array[:1], subject.inputs)  # Keras exports for one example
    with torch.no_grad():
        found = to_numpy(torch.export.load(path).module()(subject.tensors(one)))
    return found, subject.call(subject.layer, one)
