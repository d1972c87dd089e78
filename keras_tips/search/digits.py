"""Handwritten digits that ship with scikit-learn: real data without a download."""

from dataclasses import dataclass

import numpy as np

from keras_tips._base.arguments import check_integer
from keras_tips.search.split import split

__all__ = ["digits"]

TEST_SHARE = 0.2
VALIDATION_SHARE = 0.2  # of what the test part leaves


@dataclass(frozen=True)
class Digits:
    """1797 digits of 8 by 8 pixels in three parts that share no row.

    Attributes:
        x_train: float32 of shape `(1150, 64)`; pixels from 0 to 16 as they were scanned, not scaled.
        y_train: int64 of shape `(1150,)`; classes 0 to 9.
        x_validation: `(288, 64)`.
        y_validation: `(288,)`.
        x_test: `(359, 64)`; for one final measurement, never for choosing.
        y_test: `(359,)`.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(seed: int = 0) -> Digits:
    """Returns the digits, split by `seed`, each class in the same proportion in all parts.

    Raises:
        ValueError: `seed` is not a whole number from 0 on.

    >>> from keras_tips.search.digits import digits
    >>> digits().x_train.shape
    (1150, 64)

    Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI repository, 1998.
    """
    from sklearn.datasets import load_digits

    check_integer("seed", seed, low=0)
    x, y = load_digits(return_X_y=True)
    rest, test = split(x.astype("float32"), y.astype("int64"), share=TEST_SHARE, seed=seed)
    train, validation = split(*rest, share=VALIDATION_SHARE, seed=seed)
    return Digits(*train, *validation, *test)
