"""How far two results are apart."""

import keras
import numpy as np
import pytest

from keras_tips.testing.arrays import difference, is_float, to_numpy

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "found, expected",
    [
        ([1.0, 2.0], [1.0, 2.00001]),
        ([1000.0, 0.0], [1000.0, 0.005]),  # small beside the largest
        ([NAN, INF], [NAN, INF]),
        ([1, 2], [1, 2]),
        ([], []),
    ],
)
def test_equal(found, expected):
    assert difference([np.array(found)], [np.array(expected)]) is None


@pytest.mark.parametrize(
    "found, expected, words",
    [
        ([1.0, 2.1], [1.0, 2.0], "2.1 instead of 2 at (1,)"),
        ([[1.0], [NAN]], [[1.0], [2.0]], "nan instead of 2 at (1, 0)"),
        ([INF], [-INF], "inf instead of -inf at (0,)"),
        ([0.01, INF], [0.0, INF], "0.01 instead of 0 at (0,)"),  # an infinity does not widen what is allowed
        ([1, 2], [1, 3], "2 instead of 3 at (1,)"),
        ([True], [False], "True instead of False at (0,)"),
        ([1.0], [[1.0]], "shape (1,) instead of (1, 1)"),
    ],
)
def test_different(found, expected, words):
    assert difference([np.array(found)], [np.array(expected)]) == words


def test_several_arrays():
    one, two = np.array([1.0]), np.array([2.0])
    assert difference([one, two], [one, two]) is None
    assert difference([one, one], [one, two]) == "1 instead of 2 at (0,) of output 1"
    assert difference([one], [one, two]) == "1 outputs instead of 2"


@pytest.mark.backend
def test_half_precision_becomes_arrays():
    tensors = {"b": keras.ops.ones((2,), "bfloat16"), "a": keras.ops.ones((3,), "int32")}
    arrays = to_numpy(tensors)
    assert [array.shape for array in arrays] == [(3,), (2,)]
    assert [is_float(array) for array in arrays] == [False, True]
    assert difference(arrays, [np.ones(3), np.ones(2)]) is None
