"""The maximum along a short axis, against NumPy, and what becomes of gradients where places are equal."""

import keras
import numpy as np
import pytest
from harness import gradients

from keras_tips.layers import MaxoutDense
from keras_tips.layers.max_of_few import MOST, max_of_few

pytestmark = pytest.mark.backend


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 7, MOST, MOST + 1])
@pytest.mark.parametrize("axis", [1, 2, -1])
def test_equals_numpy(length, axis):
    x = np.moveaxis(normal(length, 3, 5, 2), 0, axis)
    found = max_of_few(keras.ops.convert_to_tensor(x), axis)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), x.max(axis))


@pytest.mark.parametrize("kind", ["bool", "uint8", "int32", "float16", "bfloat16"])
def test_keeps_the_kind_of_number(kind):
    x = keras.ops.cast(np.array([[0, 1, 0], [0, 0, 0]]), kind)
    found = max_of_few(x, 1)
    assert keras.backend.standardize_dtype(found.dtype) == kind
    assert keras.ops.convert_to_numpy(keras.ops.cast(found, "int32")).tolist() == [1, 0]


@pytest.mark.parametrize("place", range(4))
def test_what_is_no_number_is_not_hidden(place):
    x = np.ones((1, 4), "float32")
    x[0, place] = np.nan
    assert np.isnan(keras.ops.convert_to_numpy(max_of_few(keras.ops.convert_to_tensor(x), 1))).all()


@pytest.mark.parametrize("pieces", [2, 3, 4, MOST, MOST + 1])
def test_of_equal_places_the_first_gets_the_gradient_or_all_share_it(pieces):
    layer = MaxoutDense(4, pieces=pieces, kernel_initializer="zeros")
    layer.build((None, 5))
    direction = normal(9, 4, seed=1)
    found = gradients(layer, normal(9, 5), direction)
    shares = found["bias"].reshape(4, pieces) / direction.sum(0)[:, None]
    whole = pieces > MOST or keras.backend.backend() == "torch"
    np.testing.assert_allclose(shares, np.full((4, pieces), 1 / pieces) if whole else np.eye(pieces)[[0] * 4], atol=1e-4)
