"""The arrays that a layer is examined with."""

from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import invalid

__all__ = ["given_inputs"]

SEED = 0  # any fixed number: the same layer gets the same inputs, so a failure comes back


def given_inputs(input_shape: Any, inputs: Any) -> Any:
    """Returns `inputs` as arrays that every backend takes, or normal numbers of `input_shape`, half of them negative.

    >>> given_inputs((2, 3), None).shape
    (2, 3)

    Args:
        input_shape: a shape, batch included, or a list, tuple or dict of shapes; a dict's keys are those of Keras's
            `run_layer_test`: `query_shape` for the argument `query` of `call`.
        inputs: an array, or a list, tuple or dict of arrays; a dict is taken apart into the arguments of `call`.

    Raises:
        ValueError: both or neither are given, a length is unknown, an array has no batch axis, is not of numbers or not
            finite.
    """
    if inputs is not None:
        if input_shape is not None:
            raise invalid("inputs", "None beside `input_shape`", type(inputs).__name__, "Give one of the two.")
        return keras.tree.map_structure(_array, inputs)
    if input_shape is None:
        raise invalid("input_shape", "the shape of a batch, such as (2, 3)", None, "Give it, or `inputs`.")
    return _normal(input_shape, np.random.default_rng(SEED))


def _normal(shape: Any, random: np.random.Generator) -> Any:
    if isinstance(shape, dict):
        return {str(name).removesuffix("_shape"): _normal(each, random) for name, each in shape.items()}
    if isinstance(shape, (list, tuple)) and shape and all(isinstance(each, (list, tuple)) for each in shape):
        return type(shape)(_normal(each, random) for each in shape)
    lengths = shape if isinstance(shape, (list, tuple)) else ()
    if not lengths or not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in lengths):
        raise invalid("input_shape", "whole numbers of at least 1, the batch first", shape, "An example: (2, 3).")
    return random.standard_normal(tuple(lengths)).astype(keras.config.floatx())


def _array(values: Any) -> np.ndarray:
    array = np.asarray(keras.ops.convert_to_numpy(values) if keras.ops.is_tensor(values) else values)
    if array.dtype.kind == "f":
        array = array.astype(keras.config.floatx())
    elif array.dtype.kind in "iu" and array.dtype.itemsize == 8:
        array = array.astype("int32")  # JAX has no others, unless told to
    elif array.dtype.kind not in "iub":
        raise invalid("inputs", "arrays of numbers", array.dtype, "Layers on text are not examined here.")
    if array.ndim == 0 or len(array) == 0:
        raise invalid("inputs", "arrays whose first axis is the batch, of at least one example", array.shape)
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        raise invalid("inputs", "finite numbers", array[~np.isfinite(array)][0].item())
    return array
