"""The error for NaN and infinity says where they are."""

import numpy as np
import pytest

from keras_tips.layers.not_finite import not_finite


@pytest.mark.parametrize(
    "shape, place, value, where",
    [
        ((4, 3), (2, 1), np.nan, "Received: data=nan. It is in example 12, column 1. Repair"),
        ((4, 3), (0, 0), -np.inf, "Received: data=-inf. It is in example 10, column 0. Repair"),
        ((4, 2, 3), (3, 1, 2), np.nan, "It is in example 13, column 1, 2. Repair"),
        ((4,), (1,), np.nan, "It is in example 11. Repair"),
    ],
)
def test_names_example_and_column(shape, place, value, where):
    batch = np.zeros(shape)
    batch[place] = value
    assert where in str(not_finite(batch, before=10))
