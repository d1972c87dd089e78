"""Sums over a moving window, both ways of computing them, against loops."""

import keras
import numpy as np
import pytest

from keras_tips.layers.window_sum import BLOCKS, banded_sum, pooled_sum, window_sum

pytestmark = pytest.mark.backend


def slow_window_sum(x, radius, axis):
    x = np.moveaxis(x.astype("float64"), axis, -1)
    sums = np.zeros_like(x)
    for place in range(x.shape[-1]):
        sums[..., place] = x[..., max(0, place - radius) : place + radius + 1].sum(-1)
    return np.moveaxis(sums, -1, axis)


def positive(*shape):
    return np.random.default_rng(0).uniform(0.1, 1, size=shape).astype("float32")


@pytest.mark.parametrize("way", [window_sum, banded_sum, pooled_sum])
@pytest.mark.parametrize(
    "radius, shape, axis",
    [(1, (2, 7), 1), (3, (2, 3, 7), 2), (9, (2, 7, 3), 1), (3, (2, 3, 4, 7), 3), (2, (2, 7, 3, 4), 1), (1, (2, 1, 3), 1)],
)
def test_equals_the_slow_version(way, radius, shape, axis):
    x = positive(*shape)
    sums = keras.ops.convert_to_numpy(way(keras.ops.convert_to_tensor(x), radius, axis))
    np.testing.assert_allclose(sums, slow_window_sum(x, radius, axis), rtol=1e-6)


def test_no_neighbours_leave_the_inputs():
    x = positive(2, 3)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(window_sum(keras.ops.convert_to_tensor(x), 0, 1)), x)


@pytest.mark.parametrize("shape, axis", [((2, 3, 130), 2), ((2, 130, 3), 1)])
@pytest.mark.parametrize("radius", [5, 70])
def test_blocks_join_without_a_seam(monkeypatch, shape, axis, radius):
    monkeypatch.setitem(BLOCKS, keras.backend.backend(), 64)
    x = positive(*shape)
    sums = keras.ops.convert_to_numpy(banded_sum(keras.ops.convert_to_tensor(x), radius, axis))
    np.testing.assert_allclose(sums, slow_window_sum(x, radius, axis), rtol=1e-5)


@pytest.mark.parametrize("way", [banded_sum, pooled_sum])
def test_small_values_beside_large_ones_are_not_lost(way):
    x = np.full((1, 200), 1e-6, "float32")
    x[0, :100] = 1e6
    sums = keras.ops.convert_to_numpy(way(keras.ops.convert_to_tensor(x), 2, 1))
    np.testing.assert_allclose(sums[0, 102:198], 5e-6, rtol=1e-5)  # a running sum would have 0 here
