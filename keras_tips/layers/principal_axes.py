"""Directions of greatest variance, in a fixed order and with fixed signs."""

import numpy as np
from scipy import linalg

__all__ = ["principal_axes"]

# Shares of the largest entry of a direction that count as equally large: two of them often differ by rounding alone.
TIE = 1e-6
# Variance below this many roundings of the largest variance is rounding. Measured on exact collinear columns, 3 to 784 of
# them, 50 to 20 000 examples: at most 1.1.
ROUNDINGS = 16
COLUMNS = 64  # directions that are looked at together: half a megabyte with 784 features, which stays near the processor


def principal_axes(
    scatter: np.ndarray, examples: int, mean: np.ndarray, precision: str = "float32"
) -> tuple[np.ndarray, np.ndarray]:
    """Returns directions as columns of a (features, features) array, greatest variance first, and their variances.

    >>> import numpy as np
    >>> axes, variances = principal_axes(np.diag([2.0, 8.0, 0.0]), examples=3, mean=np.zeros(3))
    >>> print(variances, axes[:, 0])
    [4. 1. 0.] [0. 1. 0.]

    The sign: of the largest entries of a direction, in absolute value, the first is positive. This is scikit-learn's rule,
    made firm where several entries are equally large.

    A variance is set to 0 where it is no more than rounding: 16 units in the last place of the largest variance in float64,
    plus what rounding the features to `precision` adds along that direction. Each value x is off by a uniform share of its
    last place, of variance `(eps * x)^2 / 12` at most.

    Args:
        scatter: as `covariance` returns it. It is overwritten.
        examples: how many there were, at least 2.
        mean: of each feature.
        precision: the dtype in which examples will be mapped.
    """
    scatter /= examples - 1
    squares = mean**2 + np.diag(scatter)
    # Of LAPACK's methods this one takes the least memory, one more square array, and was as fast as any.
    variances, axes = linalg.eigh(scatter, lower=True, overwrite_a=True, check_finite=False, driver="evr")
    rounding = np.empty_like(variances)
    for first in range(0, len(axes), COLUMNS):
        some = axes[:, first : first + COLUMNS]
        size = np.abs(some)
        signs = np.argmax(size >= (1 - TIE) * size.max(axis=0), axis=0)  # where the entry is whose sign counts
        some *= np.where(np.take_along_axis(some, signs[None], axis=0) < 0, -1.0, 1.0)
        rounding[first : first + COLUMNS] = squares @ size**2
    rounding *= np.finfo(precision).eps ** 2 / 12
    lost = variances <= rounding + ROUNDINGS * np.finfo("float64").eps * variances[-1]
    return axes[:, ::-1], np.where(lost, 0.0, variances)[::-1]
