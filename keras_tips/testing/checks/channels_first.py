"""Both formats of images give the same."""

from typing import Any

import keras
import numpy as np

from keras_tips.testing.arrays import difference, to_numpy
from keras_tips.testing.defect import Defect
from keras_tips.testing.lacking import lacking
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["channels_first"]

CURE = "Find the channels by data_format: the last axis, or axis 1."
FORMATS = ("channels_last", "channels_first")


def channels_first(subject: Subject) -> None:
    """With the channels moved and `data_format` changed, the layer returns the same with the channels moved.

    Channels first means axis 1, or axis 2 where a layer takes images one after another in time.
    """
    if not subject.names("data_format"):
        raise NotExamined("there is no argument `data_format`")
    if isinstance(subject.inputs, (list, tuple, dict)) or subject.inputs.ndim < 3:
        raise NotExamined("needs one input of three axes or more")
    subject.need_values()
    try:
        _compare(subject, 1)
    except Defect:
        if subject.inputs.ndim < 4 or not _agrees(subject, 2):
            raise


def _agrees(subject: Subject, axis: int) -> bool:
    try:
        _compare(subject, axis)
    except (Defect, ValueError):  # ValueError: the layer does not take such inputs
        return False
    return True


def _compare(subject: Subject, axis: int) -> None:
    given = subject.init_kwargs.get("data_format") or keras.config.image_data_format()
    other = FORMATS[1 - FORMATS.index(given)]
    source, target = (-1, axis) if other == "channels_first" else (axis, -1)

    layer = subject.new(data_format=other)
    inputs = np.moveaxis(subject.inputs, source, target)
    _called(subject, layer, inputs)
    _hand_over(subject.layer, layer, source, target)
    words = None
    for found, array in zip(_called(subject, layer, inputs), subject.outputs, strict=True):
        told = [difference([found], [each]) for each in _possible(array, subject.inputs.ndim, source, target)]
        words = words or (None if None in told else told[0])
    if words is not None:
        raise Defect(f"Expected the outputs of {given} also with {other}. Received {words}. {CURE}")


def _possible(output: np.ndarray, rank: int, source: int, target: int) -> list[np.ndarray]:
    """The output with its channels moved; where it has lost axes, perhaps the channels among them, also as it is."""
    if output.ndim == rank:
        return [np.moveaxis(output, source, target)]
    return [output] if output.ndim < 3 else [output, np.moveaxis(output, -1, 1), np.moveaxis(output, 1, -1)]


def _called(subject: Subject, layer: keras.layers.Layer, inputs: np.ndarray) -> list[np.ndarray]:
    """What the layer returns; compiled by XLA where TensorFlow cannot do it otherwise on a CPU, as with most convolutions."""
    try:
        return subject.call(layer, inputs)
    except Exception as error:
        if keras.backend.backend() != "tensorflow" or lacking(error) is None:
            raise
    import tensorflow as tf

    compiled: Any = tf.function(lambda tensor: subject.apply(layer, tensor), jit_compile=True)
    return to_numpy(compiled(subject.tensors(inputs)))


def _hand_over(layer: keras.layers.Layer, other: keras.layers.Layer, source: int, target: int) -> None:
    """Gives `other` the weights of `layer`; those shaped like one example have their channels moved."""
    for old, new in zip(layer.weights, other.weights, strict=True):
        value = keras.ops.convert_to_numpy(old)
        if tuple(new.shape) != value.shape:
            value = np.moveaxis(value[None], source, target)[0]
        if tuple(new.shape) != value.shape:
            told = f"{old.name} of shape {tuple(new.shape)}, beside {tuple(old.shape)} with the other"
            raise Defect(f"Expected weights that do not depend on data_format. Received {told}. {CURE}")
        new.assign(value)
