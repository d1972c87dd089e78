"""A window on resized images: images and boxes, one by one and by a loop."""

import keras
import numpy as np
import pytest

from keras_tips.layers.crop_window import CropWindow, boxes_in_window, images_in_window

pytestmark = pytest.mark.backend

BACKEND = keras.layers.CenterCrop(1, 1).backend
IMAGES = np.random.default_rng(0).uniform(0, 255, (3, 12, 16, 2)).astype("float32")
SIZES, PLACES = [(9, 12), (12, 16), (18, 24)], [(0, 5), (1, 2), (11, 0)]  # one of each per image


def whole(numbers):
    return keras.ops.array(numbers, dtype="int32")


def columns(pairs):
    return tuple(whole(numbers) for numbers in zip(*pairs, strict=True))


def shown(images, window, interpolation="bilinear", **options):
    found = images_in_window(BACKEND, keras.ops.convert_to_tensor(images), window, interpolation, **options)
    return keras.ops.convert_to_numpy(found)


def slow_shown(images, sizes, starts, size, **options):
    """Resizes each image, then slices."""
    crops = []
    for image, resized, (top, left) in zip(images, sizes, starts, strict=True):
        larger = keras.ops.convert_to_numpy(keras.ops.image.resize(image, resized, data_format="channels_last", **options))
        crops.append(larger[top : top + size[0], left : left + size[1]])
    return np.stack(crops)


def test_without_resizing_pixels_come_back_to_the_bit():
    window = CropWindow((12, 16), (12, 16), (whole([0, 3, 7]), whole([9, 0, 4])), (5, 7))
    starts = [(0, 9), (3, 0), (7, 4)]
    expected = [image[top : top + 5, left : left + 7] for image, (top, left) in zip(IMAGES, starts, strict=True)]
    np.testing.assert_array_equal(shown(IMAGES, window), expected)
    assert not window.resizes


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("size", [(9, 12), (24, 32)])
def test_one_size_for_all(size, antialias):
    places = [(0, 5), (1, 2), (2, 0)]
    window = CropWindow((12, 16), size, columns(places), (7, 7))
    expected = slow_shown(IMAGES, [size] * 3, places, (7, 7), antialias=antialias)
    np.testing.assert_allclose(shown(IMAGES, window, antialias=antialias), expected, atol=1e-3)


@pytest.mark.parametrize("antialias", [False, True])
def test_a_size_for_each(antialias):
    window = CropWindow((12, 16), columns(SIZES), columns(PLACES), (7, 7))
    expected = slow_shown(IMAGES, SIZES, PLACES, (7, 7), antialias=antialias)
    np.testing.assert_allclose(shown(IMAGES, window, antialias=antialias), expected, atol=1e-3)


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
def test_nearest_keeps_the_dtype_and_takes_the_pixel_that_holds_the_centre(dtype):
    images = (IMAGES > 100) if dtype == "bool" else IMAGES.astype(dtype)
    window = CropWindow((12, 16), columns(SIZES), columns(PLACES), (7, 7))
    expected = np.zeros((3, 7, 7, 2), dtype)
    for image in range(3):
        for i in range(7):
            for j in range(7):
                row = int((PLACES[image][0] + i + 0.5) * 12 / SIZES[image][0])
                column = int((PLACES[image][1] + j + 0.5) * 16 / SIZES[image][1])
                expected[image, i, j] = images[image, row, column]
    found = shown(images, window, "nearest")
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_boxes_move_with_the_images_and_are_clipped():
    window = CropWindow((12, 16), (24, 32), (whole([0, 4]), whole([3, 8])), (10, 20))
    boxes = np.array([[[1, 1, 5, 3], [0, 0, 16, 12], [0, 0, 1, 1]]] * 2, "float32")  # left, top, right, bottom
    found, gone = boxes_in_window(BACKEND, keras.ops.convert_to_tensor(boxes), window)
    expected = [
        [[0, 2, 7, 6], [0, 0, 20, 10], [0, 0, 0, 0]],
        [[0, 0, 2, 2], [0, 0, 20, 10], [0, 0, 0, 0]],
    ]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), expected)
    assert keras.ops.convert_to_numpy(gone).tolist() == [[False, False, True], [False, False, True]]
