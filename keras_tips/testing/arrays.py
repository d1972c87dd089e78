"""What a layer returns, as NumPy arrays, and how far two such results are apart."""

from typing import Any

import keras
import numpy as np

__all__ = ["SAME", "difference", "is_float", "to_numpy"]

# Two ways to compute one thing in float32 differ by rounding: about 1e-7 per operation, and sums of a few hundred terms.
SAME = 1e-5


def to_numpy(structure: Any) -> list[np.ndarray]:
    """Returns the tensors of `structure` as arrays, in the order of `keras.tree.flatten`."""
    return [np.asarray(keras.ops.convert_to_numpy(tensor)) for tensor in keras.tree.flatten(structure)]


def is_float(array: Any) -> bool:
    """Whether an array, tensor or weight holds floating-point numbers, bfloat16 among them."""
    return "float" in keras.backend.standardize_dtype(array.dtype)


def difference(found: list[np.ndarray], expected: list[np.ndarray], tolerance: float = SAME) -> str | None:
    """Returns where `found` is not `expected`, in words, or None where it is.

    Equal means: as many arrays, of the same shapes, no element further apart than `tolerance` times the greater of 1 and the
    largest finite magnitude in the expected array. NaN equals NaN.

    >>> difference([np.array([1.0, 2.5])], [np.array([1.0, 2.0])])
    '2.5 instead of 2 at (1,)'
    """
    if len(found) != len(expected):
        return f"{len(found)} outputs instead of {len(expected)}"
    for place, (one, other) in enumerate(zip(found, expected, strict=True)):
        words = _difference(one, other, tolerance)
        if words is not None:
            return words if len(found) == 1 else f"{words} of output {place}"
    return None


def _difference(found: np.ndarray, expected: np.ndarray, tolerance: float) -> str | None:
    if found.shape != expected.shape:
        return f"shape {found.shape} instead of {expected.shape}"
    if not is_float(found) and not is_float(expected):
        wrong = found != expected
    else:
        found, expected = found.astype("float64"), expected.astype("float64")
        largest = np.max(np.abs(expected), where=np.isfinite(expected), initial=1.0)
        wrong = ~np.isclose(found, expected, rtol=0.0, atol=tolerance * largest, equal_nan=True)
    if not np.any(wrong):
        return None
    first = tuple(int(index) for index in np.argwhere(wrong)[0])
    return f"{_written(found[first])} instead of {_written(expected[first])} at {first}"


def _written(value: Any) -> str:
    return f"{value:.6g}" if is_float(np.asarray(value)) else str(value)
