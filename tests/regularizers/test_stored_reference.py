"""References: read from whatever holds numbers, stored to the last bit."""

import json
import re

import keras
import numpy as np
import pytest

from keras_tips.regularizers.stored_reference import read_reference, store_reference

pytestmark = pytest.mark.backend

ODD = [[0.1, -0.0, 1e-30], [1 / 3, 3.4e38, -7.0]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_an_array_goes_through_json_to_the_last_bit(dtype):
    array = np.array([[0.1, -0.0, 6e-8], [1 / 3, 6e4, -7.0]], dtype)
    again = read_reference("reference", json.loads(json.dumps(store_reference(array))))
    assert again.dtype == array.dtype
    assert again.tobytes() == array.tobytes()
    assert again.flags.writeable


def test_the_text_is_a_third_longer_than_the_bytes():
    stored = store_reference(np.zeros((30, 50), "float32"))
    assert len(json.dumps(stored)) < 30 * 50 * 4 * 4 / 3 + 100


def test_an_array_without_rows_and_one_of_another_byte_order():
    assert read_reference("reference", store_reference(np.zeros((0, 3), "float32"))).shape == (0, 3)
    big_endian = read_reference("reference", np.array([1.5, 2.0], ">f4"))
    np.testing.assert_array_equal(read_reference("reference", store_reference(big_endian)), [1.5, 2.0])


@pytest.mark.parametrize("value", [2, 2.5, np.float32(2.5), np.int64(2)])
def test_a_number_stays_a_number(value):
    assert type(read_reference("reference", value)) is float
    assert read_reference("reference", store_reference(read_reference("reference", value))) == value


@pytest.mark.parametrize(
    "make",
    [
        lambda: ODD,
        lambda: np.array(ODD, "float32"),
        lambda: keras.ops.array(ODD, "float32"),
        lambda: keras.Variable(np.array(ODD, "float32")),
    ],
    ids=["list", "array", "tensor", "variable"],
)
def test_reads_what_holds_numbers(make):
    np.testing.assert_array_equal(np.float32(read_reference("reference", make())), np.float32(ODD))


def test_whole_numbers_take_the_usual_dtype_and_half_precision_is_kept_exactly():
    assert read_reference("reference", np.array([[1, 2]])).dtype == keras.config.floatx()
    half = read_reference("reference", keras.Variable([1.0, 0.3], dtype="bfloat16"))
    assert half.dtype == "float32"
    np.testing.assert_array_equal(half, [1.0, 0.30078125])  # the bfloat16 nearest to 0.3


def test_is_a_copy():
    variable = keras.Variable(np.ones(3, "float32"))
    array = np.ones(3, "float32")
    read = read_reference("reference", variable), read_reference("reference", array)
    variable.assign([5.0, 5.0, 5.0])
    array[:] = 5
    np.testing.assert_array_equal(read, np.ones((2, 3)))


@pytest.mark.parametrize(
    "value, sentence",
    [
        (float("nan"), "Invalid `start`. Expected a finite number. Received: start=nan."),
        (np.float32("inf"), "inf"),
        (True, "start=True"),
        ("zeros", "start='zeros'"),
        (None, "start=None"),
        ([1.0, float("nan")], "Expected a finite number, or an array of finite numbers. Received: start=array([ 1., nan])."),
        (np.array([True, False]), "start=array([ True, False])"),
        (["a", "b"], "start=array(['a', 'b']"),
        ([[1.0], [1.0, 2.0]], "start=[[1.0], [1.0, 2.0]]"),
        (np.array([1j]), "start=array([0.+1.j])"),
        ({"shape": [2]}, "Expected a mapping of dtype, shape and base64"),
        ({"dtype": "float8", "shape": [2], "base64": ""}, "Expected a mapping of dtype, shape and base64"),
        ({"dtype": "float32", "shape": [2], "base64": "AACAPw=="}, "array of shape [2]. Received: start='AACAPw=='."),
        ({"dtype": "float32", "shape": [1], "base64": "A*CAPw=="}, "start='A*CAPw=='"),
        ({"dtype": "float32", "shape": "two", "base64": "AACAPw=="}, "array of shape two"),
    ],
)
def test_refuses_what_does_not(value, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_reference("start", value)
