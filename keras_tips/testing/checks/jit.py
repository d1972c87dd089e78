"""The layer inside a compiled program."""

import warnings
from typing import Any

import keras
import numpy as np

from keras_tips.testing.arrays import difference, to_numpy
from keras_tips.testing.defect import Defect
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["jit"]


def jit(subject: Subject) -> None:
    """Compiled by the backend (XLA; for PyTorch, traced by torch.compile), the layer returns what it returns eagerly."""
    if not getattr(subject.layer, "supports_jit", True):
        raise NotExamined("the layer says supports_jit=False")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about how the backend compiles, not about the layer
        outputs = _torch(subject) if keras.backend.backend() == "torch" else _predicted(subject)
    subject.need_values()
    words = difference(outputs, subject.outputs)
    if words is not None:
        cure = "Use keras.ops throughout: what Python or NumPy computes is computed once, when the program is compiled."
        raise Defect(f"Expected the outputs of the eager call from the compiled one. Received {words}. {cure}")


def _predicted(subject: Subject) -> list[np.ndarray]:
    model = subject.model()
    model.compile(jit_compile=True)
    return [np.asarray(each) for each in keras.tree.flatten(model.predict_on_batch(subject.inputs))]


def _torch(subject: Subject) -> list[np.ndarray]:
    import torch

    # The program is traced and run; making machine code from it takes a compiler and many seconds, and is not the layer's.
    torch.compiler.reset()  # after a few programs it would stop compiling, and say so in a log only
    compiled: Any = torch.compile(subject.model(), backend="eager")
    return to_numpy(compiled(subject.tensors(), training=False))
