"""The arrays that a layer is examined with."""

import re

import keras
import numpy as np
import pytest

from keras_tips.testing.given_inputs import given_inputs


def test_normal_numbers_of_both_signs_and_the_same_each_time():
    x = given_inputs((50, 4), None)
    assert x.shape == (50, 4)
    assert x.dtype == "float32"
    assert 0.3 < (x < 0).mean() < 0.7
    np.testing.assert_array_equal(x, given_inputs((50, 4), None))


def test_structures_of_shapes():
    first, second = given_inputs([(2, 3), (2, 5)], None)
    assert (first.shape, second.shape) == ((2, 3), (2, 5))
    named = given_inputs({"query_shape": (2, 3), "value_shape": (2, 5)}, None)
    assert {name: array.shape for name, array in named.items()} == {"query": (2, 3), "value": (2, 5)}


@pytest.mark.parametrize(
    "values, dtype",
    [
        ([[1.0, 2.0]], "float32"),
        (np.ones((2, 2), "float16"), "float32"),
        ([[1, 2]], "int32"),
        (np.ones((2, 2), "uint8"), "uint8"),
        ([[True]], "bool"),
    ],
)
def test_arrays_get_types_that_every_backend_has(values, dtype):
    assert given_inputs(None, np.asarray(values)).dtype == dtype


def test_tensors_are_taken_too():
    np.testing.assert_array_equal(given_inputs(None, keras.ops.ones((2, 3))), np.ones((2, 3)))


@pytest.mark.parametrize(
    "shape, inputs, sentence",
    [
        ((2, 3), np.ones((2, 3)), "Invalid `inputs`. Expected None beside `input_shape`."),
        ((None, 3), None, "Received: input_shape=(None, 3)."),
        ((2, 0), None, "Received: input_shape=(2, 0)."),
        ((2.0, 3), None, "Received: input_shape=(2.0, 3)."),
        ((True, 3), None, "Received: input_shape=(True, 3)."),
        ((), None, "Received: input_shape=()."),
        (3, None, "Received: input_shape=3."),
        ([(2, 3), (2, None)], None, "Received: input_shape=(2, None)."),
        (None, np.array(1.0), "whose first axis is the batch"),
        (None, np.ones((0, 3)), "Received: inputs=(0, 3)."),
        (None, np.array([["a"]]), "arrays of numbers"),
        (None, np.array([[1.0, np.nan]]), "Expected finite numbers. Received: inputs=nan."),
        (None, np.array([[np.inf]]), "Received: inputs=inf."),
    ],
)
def test_refuses(shape, inputs, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        given_inputs(shape, inputs)
