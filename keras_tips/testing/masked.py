"""A layer behind one that gives a mask, and before one that looks whether it came through."""

from typing import Any

import keras
import numpy as np

from keras_tips.testing.subject import Subject, has_modes

__all__ = ["called_with_mask", "can_be_masked", "some_steps"]

STEPS_AXIS = 1


def can_be_masked(subject: Subject) -> bool:
    """Whether the layer supports masks and has one input of shape `(batch, steps, ...)` of three axes or more."""
    inputs = subject.inputs
    if getattr(subject.layer, "data_format", None) == "channels_first":
        return False  # axis 1 holds the channels
    if isinstance(inputs, (list, tuple, dict)) or "mask" in subject.call_kwargs:
        return False
    return subject.layer.supports_masking and inputs.ndim >= 3 and inputs.shape[STEPS_AXIS] >= 2


def some_steps(inputs: np.ndarray) -> np.ndarray:
    """Returns a mask of shape `(batch, steps)` that leaves out the last step of the first example.

    >>> some_steps(np.zeros((2, 3, 4))).tolist()
    [[True, True, False], [True, True, True]]
    """
    mask = np.ones(inputs.shape[: STEPS_AXIS + 1], bool)
    mask[0, -1] = False
    return mask


def called_with_mask(
    subject: Subject, layer: keras.layers.Layer, inputs: np.ndarray, mask: np.ndarray | None
) -> tuple[list[Any], list[np.ndarray | None]]:
    """Returns the output tensors of `layer` on masked inputs, and for each the mask that the next layer sees."""
    tensor = keras.ops.convert_to_tensor(inputs)
    if mask is not None:
        tensor = _Give(keras.ops.convert_to_tensor(mask))(tensor)
    mode = {"training": False} if has_modes(layer, subject.call_kwargs) else {}
    outputs = keras.tree.flatten(subject.apply(layer, tensor, **mode))
    look = _Look()
    for output in outputs:
        look(output)
    return outputs, look.seen


class _Give(keras.layers.Layer):
    def __init__(self, given: Any) -> None:
        super().__init__(autocast=False)
        self.given = given

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.given


class _Look(keras.layers.Layer):
    def __init__(self) -> None:
        super().__init__(autocast=False)
        self.supports_masking = True
        self.seen: list[np.ndarray | None] = []

    def call(self, inputs: Any, mask: Any = None) -> Any:
        self.seen.append(None if mask is None else np.asarray(keras.ops.convert_to_numpy(mask)))
        return inputs
