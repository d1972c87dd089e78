"""Matrices that resize: against Keras's own resizing, and against the formula in a loop."""

import keras
import numpy as np
import pytest

from keras_tips.layers.axis_weights import axis_weights

pytestmark = pytest.mark.backend

BACKEND = keras.layers.CenterCrop(1, 1).backend


def weights(starts, length, source, resized, **options):
    starts, resized = (keras.ops.array(values, dtype="int32") for values in (starts, resized))
    return keras.ops.convert_to_numpy(axis_weights(BACKEND, starts, length, source, resized, **options))


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("source, resized", [(7, 12), (12, 7), (9, 9), (30, 4), (1, 5)])
def test_the_whole_axis_is_what_keras_resizes_to(source, resized, antialias):
    image = np.random.default_rng(0).normal(size=(1, source, 3, 1)).astype("float32")
    expected = keras.ops.image.resize(image, (resized, 3), antialias=antialias, data_format="channels_last")
    found = weights([0], resized, source, [resized], antialias=antialias)[0] @ image[0, :, :, 0]
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected)[0, :, :, 0], atol=1e-5)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch's bicubic kernel is another one, with -0.75")
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("source, resized", [(7, 12), (12, 7), (9, 9)])
def test_bicubic_is_what_keras_resizes_to(source, resized, antialias):
    image = np.random.default_rng(0).normal(size=(1, source, 3, 1)).astype("float32")
    options = {"interpolation": "bicubic", "antialias": antialias}
    expected = keras.ops.image.resize(image, (resized, 3), data_format="channels_last", **options)
    found = weights([0], resized, source, [resized], **options)[0] @ image[0, :, :, 0]
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected)[0, :, :, 0], atol=5e-3)  # TensorFlow has a table


def test_bicubic_keeps_parabolas():
    places = np.arange(20.0)
    middle = weights([12], 6, 20, [30], interpolation="bicubic")[0]  # away from the border
    centres = (np.arange(12, 18) + 0.5) * 20 / 30 - 0.5
    np.testing.assert_allclose(middle @ places**2, centres**2, rtol=1e-4)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_a_window_is_a_part_of_the_whole_for_each_image(interpolation):
    starts, resized = [0, 3, 5], [8, 12, 30]
    found = weights(starts, 6, 10, resized, interpolation=interpolation)
    for matrix, start, length in zip(found, starts, resized, strict=True):
        whole = weights([0], length, 10, [length], interpolation=interpolation)[0]
        np.testing.assert_allclose(matrix, whole[start : start + 6], atol=1e-6)


def test_weights_sum_to_one():
    for options in ({}, {"antialias": True}, {"interpolation": "bicubic"}):
        np.testing.assert_allclose(weights([0, 1], 9, 25, [9, 10], **options).sum(axis=2), 1.0, rtol=1e-5)
