"""Features in a range, against scikit-learn's MinMaxScaler."""

import re

import keras
import numpy as np
import pytest
from harness import check_config_is_whole
from sklearn.preprocessing import MinMaxScaler

from keras_tips.layers import MinMaxScaling
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend


def data(*shape, seed=0):
    return np.random.default_rng(seed).normal(3, 5, size=shape).astype("float32")


def scaled(x, to_scale=None, **arguments):
    layer = MinMaxScaling(**arguments)
    layer.adapt(x)
    return keras.ops.convert_to_numpy(layer(x if to_scale is None else to_scale))


@pytest.mark.parametrize(
    "arguments, shape",
    [
        ({}, (20, 3)),
        ({"axis": None, "clip": True}, (20, 3, 4)),
        ({"axis": (1, 2), "feature_range": (0, 5)}, (20, 3, 4)),
        ({"invert": True}, (20, 2, 3, 4)),
    ],
)
def test_passes_all_checks_of_a_layer(arguments, shape):
    report = check_layer(MinMaxScaling, arguments, inputs=data(*shape), expected_output_shape=shape)
    assert "keras_harness" in report.passed


@pytest.mark.parametrize("feature_range", [(-1, 1), (0, 1), (-0.3, 7)])
@pytest.mark.parametrize("clip", [False, True])
def test_equals_scikit_learn(feature_range, clip):
    x, unseen = data(50, 4) * [1, 1e-3, 1e4, 1] + [0, 1, 1e5, 0], data(50, 4, seed=1) * [1, 1e-3, 1e4, 1] + [0, 1, 1e5, 0]
    reference = MinMaxScaler(feature_range, clip=clip).fit(x)
    for rows in (x, unseen):
        outputs = scaled(x, rows.astype("float32"), feature_range=feature_range, clip=clip)
        np.testing.assert_allclose(outputs, reference.transform(rows.astype("float32")), atol=1e-4)


@pytest.mark.parametrize("axis", [1, 2, -1, (1, 2), [-1, 1], None, (), (1, 2, 3)])
def test_equals_numpy_along_any_axes(axis):
    x = data(20, 3, 4, 5)
    kept = [] if axis is None else [each % 4 for each in np.atleast_1d(axis).astype(int)]
    beside = tuple(place for place in range(4) if place not in kept)
    low, high = x.min(axis=beside, keepdims=True), x.max(axis=beside, keepdims=True)
    np.testing.assert_allclose(scaled(x, axis=axis, feature_range=(0, 1)), (x - low) / (high - low), atol=1e-6)


def test_each_value_of_a_batch_of_numbers_has_the_one_scale():
    assert scaled(np.array([1.0, 2.0, 3.0]), axis=None).tolist() == [-1.0, 0.0, 1.0]


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("feature_range", [(-1, 1), (0.1, 0.7), (-3, 1e6)])
def test_the_data_fill_the_range(feature_range, clip):
    outputs = scaled(data(200, 30), feature_range=feature_range, clip=clip)
    low, high = np.float32(feature_range)
    rounding = 2e-7 * (high - low)
    np.testing.assert_allclose(outputs.min(axis=0), low, atol=rounding)
    np.testing.assert_allclose(outputs.max(axis=0), high, atol=rounding)
    if clip:
        assert np.all((outputs >= low) & (outputs <= high))


def test_loses_nothing_far_from_zero():
    x = data(100, 3)
    far = x + np.float32(10000)
    reference = MinMaxScaler((-1, 1)).fit_transform(far.astype("float64"))
    np.testing.assert_allclose(scaled(far), reference, atol=1e-6)


def test_sequences_of_different_lengths_are_scaled_alike():
    layer = MinMaxScaling(feature_range=(0, 1))
    layer.adapt([np.zeros((2, 5, 1)), np.full((2, 7, 1), 2.0)])
    assert np.unique(keras.ops.convert_to_numpy(layer(np.ones((1, 3, 1), "float32")))).tolist() == [0.5]


@pytest.mark.filterwarnings("ignore:.*have the same value in all examples")
def test_constant_features_are_as_in_scikit_learn():
    x = data(30, 3) * [1, 0, 1] + [0, 7, 0]
    layer = MinMaxScaling()
    layer.adapt(x)
    assert layer.constant == 1
    unseen = x + 2
    for rows in (x, unseen):
        reference = MinMaxScaler((-1, 1)).fit(x).transform(rows)
        np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(rows.astype("float32"))), reference, atol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.inverse(layer(unseen.astype("float32")))), unseen, atol=1e-4)


def test_says_which_features_are_constant():
    layer = MinMaxScaling(feature_range=(0, 2), name="scale")
    sentence = "MinMaxScaling 'scale': 2 of 3 features have the same value in all examples and come out as 0, the low end"
    with pytest.warns(UserWarning, match=re.escape(sentence)):
        layer.adapt(data(30, 3) * [0, 1, 0])


def test_clips_what_lies_beyond_the_data():
    outputs = scaled(np.array([[0.0], [10.0]]), np.array([[-5.0], [5.0], [20.0]], "float32"), clip=True)
    assert outputs[:, 0].tolist() == [-1.0, 0.0, 1.0]


def test_a_mask_passes():
    layer = MinMaxScaling()
    layer.adapt(np.array([[[1.0, 2.0], [0.0, 0.0]]]))
    masked = keras.layers.Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]], "float32"))
    assert keras.ops.convert_to_numpy(layer(masked)._keras_mask).tolist() == [[True, False]]


def test_config():
    arguments = {"feature_range": (0.0, 2.0), "axis": (1, -1), "clip": True, "invert": True}
    check_config_is_whole(MinMaxScaling(**arguments), arguments)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"feature_range": (1, 1)}, "Expected two numbers (low, high), low below high. Received: feature_range=(1, 1)."),
        ({"feature_range": (1, -1)}, "feature_range=(1, -1)"),
        ({"feature_range": (0, float("nan"))}, "feature_range=nan"),
        ({"feature_range": (0, float("inf"))}, "feature_range=inf"),
        ({"feature_range": (-1e308, 1e308)}, "feature_range=(-1e+308, 1e+308)"),
        ({"feature_range": (False, True)}, "feature_range=False"),
        ({"feature_range": 1}, "feature_range=1"),
        ({"feature_range": (0, 1, 2)}, "feature_range=(0, 1, 2)"),
        ({"feature_range": "01"}, "feature_range='01'"),
        ({"axis": 0}, "Expected an axis other than 0, the batch. Received: axis=0."),
        ({"axis": (1, 0)}, "axis=0"),
        ({"axis": 1.0}, "axis=1.0"),
        ({"axis": "last"}, "axis='last'"),
        ({"clip": 1}, "Invalid `clip`. Expected True or False. Received: clip=1."),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        MinMaxScaling(**arguments)


@pytest.mark.parametrize(
    "axis, shape, sentence",
    [
        (3, (None, 3, 4), "Expected an axis from 1 to 2, or from -2 to -1. Received: axis=3."),
        (-3, (None, 3, 4), "axis=-3"),
        (1, (None, None, 4), "Expected axes of known length in (None, None, 4). Received: axis=1."),
        (-1, (None,), "Expected inputs of two axes or more. Received: axis=-1."),
    ],
)
def test_refuses_inputs_that_do_not_fit(axis, shape, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        MinMaxScaling(axis=axis).build(shape)
