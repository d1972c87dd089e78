"""Rows and columns of each image: against a loop."""

import keras
import numpy as np
import pytest

from keras_tips.layers.pick_pixels import pick_pixels

pytestmark = pytest.mark.backend

BACKEND = keras.layers.CenterCrop(1, 1).backend


def slow_pick(images, rows, columns):
    rows, columns = (np.broadcast_to(places, (len(images), places.shape[1])) for places in (rows, columns))
    return np.stack([image[row][:, column] for image, row, column in zip(images, rows, columns, strict=True)])


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "bool"])
@pytest.mark.parametrize("row_sets, column_sets", [(3, 3), (1, 3), (3, 1), (1, 1)])
def test_equals_the_slow_version(dtype, row_sets, column_sets):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 2 if dtype == "bool" else 200, (3, 5, 7, 2)).astype(dtype)
    rows = rng.integers(0, 5, (row_sets, 4)).astype("int32")
    columns = rng.integers(0, 7, (column_sets, 9)).astype("int32")
    found = pick_pixels(BACKEND, *map(keras.ops.convert_to_tensor, (images, rows, columns)))
    assert keras.backend.standardize_dtype(found.dtype) == dtype
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), slow_pick(images, rows, columns))
