"""Masks get the axes they lack."""

import keras
import numpy as np
import pytest

from keras_tips.layers.mask_of_rank import mask_of_rank

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("rank, shape", [(2, (2, 3)), (3, (2, 3, 1)), (5, (2, 3, 1, 1, 1))])
def test_axes_are_added_behind(rank, shape):
    mask = np.array([[True, False, True], [False, False, True]])
    found = keras.ops.convert_to_numpy(mask_of_rank(keras.ops.convert_to_tensor(mask), rank))
    np.testing.assert_array_equal(found, mask.reshape(shape))
