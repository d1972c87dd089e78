"""A reference for weights: read from whatever holds numbers, and stored in a config to the last bit."""

import base64
from collections.abc import Mapping
from numbers import Real
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_number, invalid

__all__ = ["read_reference", "store_reference"]

DTYPES = ("float16", "float32", "float64")
EXPECTED = "a finite number, or an array of finite numbers"


def read_reference(name: str, value: Any) -> float | np.ndarray:
    """Returns a number as float, and everything that holds an array of numbers as a NumPy array of its own.

    Floating-point arrays keep their dtype (bfloat16, which NumPy does not know, becomes float32); whole numbers take
    Keras's `floatx`. A mapping is read as `store_reference` writes it.

    >>> read_reference("reference", [[1, 2]])
    array([[1., 2.]], dtype=float32)

    Args:
        name: what the argument is called, for the error.
        value: a number, a nested list, an array, a tensor, a variable, or a mapping of `dtype`, `shape` and `base64`.

    Raises:
        ValueError: `value` is none of these, or holds something other than finite numbers.
    """
    if isinstance(value, Mapping):
        return _checked(name, _decoded(name, value))
    if isinstance(value, Real) or not (isinstance(value, (list, tuple)) or hasattr(value, "shape")):
        return check_number(name, value)
    try:
        # A copy in any case: what shared the memory of a tensor would move with training.
        array = np.array(value if isinstance(value, (list, tuple)) else keras.ops.convert_to_numpy(value))
    except (TypeError, ValueError) as error:
        raise invalid(name, EXPECTED, value) from error
    return _checked(name, array)


def store_reference(reference: float | np.ndarray) -> float | dict[str, Any]:
    """Returns a number as it is, and an array as plain values from which `read_reference` makes it again, bit for bit.

    >>> store_reference(np.array([1.0, 2.0], "float32"))
    {'dtype': 'float32', 'shape': [2], 'base64': 'AACAPwAAAEA='}
    """
    if not isinstance(reference, np.ndarray):
        return reference
    little_endian = reference.astype(reference.dtype.newbyteorder("<"))  # whatever the machine that reads it
    return {
        "dtype": str(reference.dtype),
        "shape": list(reference.shape),
        "base64": base64.b64encode(little_endian.tobytes()).decode("ascii"),
    }


def _checked(name: str, array: np.ndarray) -> float | np.ndarray:
    if array.dtype.kind in "iu":
        array = array.astype(keras.config.floatx())
    elif str(array.dtype) == "bfloat16":
        array = array.astype("float32")  # exact: float32 holds every bfloat16
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if str(array.dtype) not in DTYPES:
        raise invalid(name, EXPECTED, array)
    if not np.isfinite(array).all():
        raise invalid(name, EXPECTED, array)
    return array if array.ndim else float(array)


def _decoded(name: str, stored: Mapping[str, Any]) -> np.ndarray:
    if set(stored) != {"dtype", "shape", "base64"} or stored["dtype"] not in DTYPES:
        raise invalid(name, "a mapping of dtype, shape and base64, as get_config gives it", sorted(map(str, stored)))
    expected = f"base64 of the bytes of an array of shape {stored['shape']}"
    try:
        content = base64.b64decode(stored["base64"], validate=True)
        array = np.frombuffer(content, np.dtype(stored["dtype"]).newbyteorder("<")).reshape(stored["shape"])
    except (TypeError, ValueError) as error:  # what base64 raises is a ValueError too
        raise invalid(name, expected, stored["base64"]) from error
    return array.astype(stored["dtype"])
