"""The maximum over consecutive groups, against loops."""

import itertools
import re

import keras
import numpy as np
import pytest
from harness import check_by_keras

from keras_tips.layers import Maxout
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend


def slow_maxout(x, group_size, axis, mask=None):
    """One element at a time. Masked elements do not compete; a group of none is 0."""
    x = np.moveaxis(x, axis, -1)
    mask = np.ones(x.shape, bool) if mask is None else np.moveaxis(mask, axis, -1)
    out = np.zeros((*x.shape[:-1], x.shape[-1] // group_size), x.dtype)
    for place in itertools.product(*map(range, out.shape)):
        members = range(place[-1] * group_size, (place[-1] + 1) * group_size)
        competing = [x[(*place[:-1], member)] for member in members if mask[(*place[:-1], member)]]
        out[place] = max(competing, default=0)
    return np.moveaxis(out, -1, axis)


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    "arguments, input_shape, output_shape",
    [
        ({"group_size": 4}, (2, 8), (2, 2)),
        ({"axis": 1}, (2, 6, 3), (2, 3, 3)),
        ({"group_size": 3, "axis": -2}, (2, 6, 5), (2, 2, 5)),
    ],
)
def test_passes_the_checks_of_keras(arguments, input_shape, output_shape):
    check_by_keras(
        Maxout, arguments, input_shape, output_shape, expected_num_trainable_weights=0, assert_built_after_instantiation=True
    )


@pytest.mark.parametrize("group_size", [1, 2, 3, 6])
@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2, -3])
def test_equals_the_slow_version(group_size, axis):
    x = normal(2, 6, 12, 6)
    np.testing.assert_array_equal(Maxout(group_size, axis)(x), slow_maxout(x, group_size, axis))


def test_groups_are_consecutive_as_the_lecture_draws_them():
    outputs = Maxout(group_size=2)(np.array([[5.0, 7.0, -1.0, 1.0]], "float32"))
    assert np.array(outputs).tolist() == [[7.0, 1.0]]


@pytest.mark.parametrize("shape, axis, output", [((None, 6), -1, (None, None, 3)), ((6, None), 1, (None, 3, None))])
def test_other_axes_may_be_unknown(shape, axis, output):
    inputs = keras.Input(shape)
    outputs = Maxout(axis=axis)(inputs)
    assert outputs.shape == output
    x = normal(3, *(4 if size is None else size for size in shape))
    np.testing.assert_array_equal(keras.Model(inputs, outputs).predict(x, verbose=0), slow_maxout(x, 2, axis))


def test_a_mask_of_another_axis_passes_unchanged():
    masked = keras.layers.Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]], "float32"))
    outputs = Maxout()(masked)
    assert np.array(keras.tree.flatten(outputs)[0]._keras_mask).tolist() == [[True, False]]


def test_masked_elements_do_not_compete():
    x, mask = normal(2, 6, 3) - 2.0, np.array([[1, 1, 1, 0, 0, 0], [0, 1, 1, 1, 1, 0]], bool)
    layer = Maxout(axis=1)
    expected = slow_maxout(x, 2, 1, np.repeat(mask[..., None], 3, axis=-1))
    np.testing.assert_array_equal(layer(x, mask=keras.ops.convert_to_tensor(mask)), expected)
    grouped = layer.compute_mask(keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(mask))
    assert np.array(grouped).tolist() == [[True, True, False], [True, True, True]]


def test_a_mask_along_the_axis_goes_through_a_model():
    inputs = keras.Input((6,), dtype="int32")
    embedded = keras.layers.Embedding(5, 4, mask_zero=True)(inputs)
    model = keras.Model(inputs, [embedded, Maxout(axis=1)(embedded)])
    words = np.array([[1, 2, 3, 0, 0, 0], [4, 4, 0, 0, 0, 0]])
    vectors, outputs = model.predict(words, verbose=0)
    np.testing.assert_array_equal(outputs, slow_maxout(vectors, 2, 1, np.repeat(words[..., None] > 0, 4, axis=-1)))


def test_whole_numbers_stay_whole_numbers():
    assert keras.backend.standardize_dtype(Maxout()(np.array([[1, 2]], "int32")).dtype) == "int32"
    assert Maxout()(keras.Input((4,), dtype="int32")).dtype == "int32"


@pytest.mark.parametrize("axis, shape", [(1, (4, 6, 2)), (-1, (2, 3, 6)), (-2, (2, 6, 5))])
def test_passes_all_checks_of_a_layer(axis, shape):
    report = check_layer(
        Maxout,
        {"group_size": 3, "axis": axis},
        shape,
        reference=lambda layer, x: slow_maxout(x, 3, axis),
        supports_masking=True,
    )
    assert {check for check, _ in report.not_examined} == {"channels_first", "seed"}


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"group_size": 0}, "Invalid `group_size`. Expected a whole number of at least 1. Received: group_size=0."),
        ({"group_size": 2.0}, "group_size=2.0"),
        ({"group_size": True}, "group_size=True"),
        ({"axis": 0}, "Invalid `axis`. Expected an axis other than 0, the batch. Received: axis=0."),
        ({"axis": float("nan")}, "axis=nan"),
        ({"axis": "last"}, "axis='last'"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Maxout(**arguments)


@pytest.mark.parametrize(
    "arguments, shape, sentence",
    [
        ({"axis": -2}, (None, 4), "Received: axis=-2."),
        ({"axis": 2}, (None, 4), "Expected an axis from 1 to 1, or from -1 to -1. Received: axis=2."),
        ({"group_size": 3}, (None, 4), "Expected a divisor of 4, the length of axis -1 in (None, 4). Received: group_size=3."),
        ({}, (None, 4, None), "Expected one of known length in (None, 4, None). Received: axis=-1."),
    ],
)
def test_refuses_inputs_that_do_not_fit(arguments, shape, sentence):
    layer = Maxout(**arguments)
    for call in (lambda: layer(keras.Input(shape[1:])), lambda: layer.compute_output_shape(shape)):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            call()
