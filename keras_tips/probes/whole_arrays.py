"""Data as people give them, as NumPy arrays."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import invalid

__all__ = ["whole_arrays"]


def whole_arrays(argument: str, data: Any) -> Any:
    """Returns an array, or a list or dict of arrays, with rows first.

    Args:
        argument: its name, for the error.
        data: an array, tensor or data frame, or a list, tuple or dict of them. A list of lists or of numbers is one array.

    Raises:
        ValueError: something is no array, or has no rows.

    >>> whole_arrays("x", [[1.0, 2.0], [3.0, 4.0]]).shape
    (2, 2)
    """
    if isinstance(data, Mapping):
        return {name: _array(f"{argument}[{name!r}]", part) for name, part in data.items()}
    if isinstance(data, (list, tuple)) and len(data) > 0 and all(hasattr(part, "shape") for part in data):
        return [_array(argument, part) for part in data]
    return _array(argument, data)


def _array(argument: str, data: Any) -> np.ndarray:
    """Any array, tensor or data frame as a NumPy array; rows first."""
    array = keras.ops.convert_to_numpy(data) if keras.ops.is_tensor(data) else np.asarray(data)
    if array.ndim == 0 or not len(array):
        raise invalid(argument, "an array with at least one row", data, "Give arrays, not a generator or a data set.")
    return array
