"""Resize, then slice, at a place per image: against exactly that done slowly, with boxes and masks beside."""

import re

import keras
import numpy as np
import pytest
from harness import check_config_is_whole, check_copies

from keras_tips.layers import ShortestSideCrop
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0, 1, shape).astype("float32")


def places(count, height, width):
    """Images whose pixels say where they are: row, column and number of the image."""
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    return np.stack([np.stack([rows, columns, np.full_like(rows, image)], axis=-1) for image in range(count)]).astype("float32")


def cropped(layer, x, training=True):
    return keras.ops.convert_to_numpy(layer(x, training=training))


def resized(image, size, **options):
    return keras.ops.convert_to_numpy(keras.ops.image.resize(image, size, data_format="channels_last", **options))


@pytest.mark.parametrize(
    "training, more",
    [(True, {}), (True, {"shortest_side": (7, 13)}), (False, {}), (False, {"interpolation": "bicubic", "antialias": True})],
)
def test_passes_the_checks_of_every_layer(training, more):
    arguments = {"height": 6, "width": 7, "seed": 1, **more}
    # PyTorch exports no drawing of numbers, and only inference is exported.
    skip = ("export",) if training else ()
    check_layer(ShortestSideCrop, arguments, inputs=noise(2, 9, 12, 3), call_kwargs={"training": training}, skip=skip)


@pytest.mark.parametrize("size", [(16, 24), (24, 16), (20, 20)])
def test_each_image_has_its_own_place_and_every_place_is_drawn(size):
    x = places(200, *size)
    crops = cropped(ShortestSideCrop(16, 16, seed=1), x) if 16 in size else cropped(ShortestSideCrop(16, 16, 1, 20), x)
    tops, lefts = crops[:, 0, 0, 0].astype(int), crops[:, 0, 0, 1].astype(int)
    expected = [image[top : top + 16, left : left + 16] for image, top, left in zip(x, tops, lefts, strict=True)]
    np.testing.assert_array_equal(crops, expected)  # no resizing, so to the bit
    assert set(tops) == set(range(size[0] - 15))
    assert set(lefts) == set(range(size[1] - 15))


def test_every_place_is_as_likely():
    lefts = cropped(ShortestSideCrop(4, 4, seed=1), places(5000, 4, 8))[:, 0, 0, 1]
    counts = np.bincount(lefts.astype(int), minlength=5)
    np.testing.assert_allclose(counts / 5000, 0.2, atol=5 * np.sqrt(0.2 * 0.8 / 5000))


def test_keras_crops_a_batch_at_one_place_and_not_at_all_where_one_side_fits():
    """Why this layer is there. If it fails, Keras has been repaired: say so in docs/augmentation.md."""
    theirs = cropped(keras.layers.RandomCrop(16, 16, seed=1), places(50, 20, 24))
    assert len(np.unique(theirs[:, 0, 0, :2], axis=0)) == 1
    fitting = np.concatenate([cropped(keras.layers.RandomCrop(16, 16), places(1, 16, 24)) for _ in range(5)])
    assert len(np.unique(fitting[:, 0, 0, :2], axis=0)) == 1


def test_images_that_have_the_size_come_back_to_the_bit():
    x = noise(3, 6, 7, 3) * 1e-3 + 255
    for training in (True, False):
        np.testing.assert_array_equal(cropped(ShortestSideCrop(6, 7), x, training), x)


@pytest.mark.parametrize(
    "shape, shortest_side, antialias",
    [
        ((4, 30, 41, 3), None, False),
        ((4, 41, 30, 1), 12, False),
        ((4, 30, 41, 3), 12, True),
        ((4, 5, 9, 3), 30, False),
        ((4, 5, 9, 3), None, True),
    ],
)
def test_inference_is_resize_and_centre_crop(shape, shortest_side, antialias):
    x = noise(*shape)
    height, width = shape[1:3]
    scale = max(10 / height, 12 / width) if shortest_side is None else shortest_side / min(height, width)
    size = tuple(int(np.floor(scale * length + 0.5)) for length in (height, width))
    top, left = (size[0] - 10) // 2, (size[1] - 12) // 2
    expected = resized(x, size, antialias=antialias)[:, top : top + 10, left : left + 12]
    layer = ShortestSideCrop(10, 12, shortest_side=shortest_side, antialias=antialias)
    np.testing.assert_allclose(cropped(layer, x, training=False), expected, atol=1e-4)


@pytest.mark.parametrize(
    "interpolation, shortest_side",
    [("bilinear", None), ("bilinear", 14), ("bilinear", (12, 30)), ("nearest", 14), ("nearest", (12, 30)), ("bicubic", 14)],
)
def test_training_is_resize_and_slice_for_each_image(interpolation, shortest_side):
    x = noise(5, 30, 41, 3)
    layer = ShortestSideCrop(10, 12, seed=3, shortest_side=shortest_side, interpolation=interpolation)
    found = cropped(layer, x)
    window = ShortestSideCrop(10, 12, seed=3, shortest_side=shortest_side).get_random_transformation(x)
    numbers = [np.broadcast_to(np.array(each), (5,)) for pair in (window.resized, window.start) for each in pair]
    if isinstance(shortest_side, tuple):
        assert len(set(numbers[0])) > 1
        assert 12 <= numbers[0].min() <= numbers[0].max() <= 30
    if keras.backend.backend() == "torch" and interpolation == "bicubic":
        pytest.skip("PyTorch's own bicubic kernel, which would be the reference, is another one, with -0.75")
    for image, crop, height, width, top, left in zip(x, found, *numbers, strict=True):
        larger = resized(image, (int(height), int(width)), interpolation=interpolation)
        atol = 5e-3 if interpolation == "bicubic" else 1e-4  # TensorFlow's bicubic weights come from a table
        np.testing.assert_allclose(crop, larger[top : top + 10, left : left + 12], atol=atol)


@pytest.mark.parametrize("shortest_side", [None, 14, (12, 30)])
def test_one_image_is_a_batch_of_one(shortest_side):
    x = noise(20, 33, 3)
    layers = [ShortestSideCrop(10, 12, seed=3, shortest_side=shortest_side) for _ in range(2)]
    np.testing.assert_allclose(cropped(layers[0], x), cropped(layers[1], x[None])[0], atol=1e-5)


def test_channels_first():
    x = noise(4, 20, 33, 3)
    for more in ({}, {"shortest_side": (12, 30)}):
        last, first = (ShortestSideCrop(10, 12, seed=3, data_format=f"channels_{place}", **more) for place in ("last", "first"))
        np.testing.assert_allclose(np.moveaxis(cropped(first, np.moveaxis(x, -1, 1)), 1, -1), cropped(last, x), atol=1e-5)


@pytest.mark.parametrize("shortest_side", [None, 24, (20, 40)])
def test_pipelines_take_images_of_any_size_one_by_one(shortest_side):
    import tensorflow as tf

    images = [noise(*size, 3, seed=seed) for seed, size in enumerate([(16, 31), (40, 20), (7, 9), (18, 18)])]
    spec = tf.TensorSpec((None, None, 3), "float32")
    dataset = tf.data.Dataset.from_generator(lambda: iter(images), output_signature=spec)
    layer = ShortestSideCrop(16, 18, shortest_side=shortest_side)
    random = dataset.map(layer).batch(4)
    assert random.element_spec.shape == (None, 16, 18, 3)
    assert next(iter(random)).shape == (4, 16, 18, 3)
    centred = next(iter(dataset.map(lambda image: layer(image, training=False)).batch(4)))
    for image, crop in zip(images, centred, strict=True):
        np.testing.assert_allclose(crop, cropped(layer, image, training=False), atol=1e-4)


def test_pipelines_draw_a_place_per_image_also_in_batches():
    import tensorflow as tf

    x = places(32, 16, 24)
    batched = next(iter(tf.data.Dataset.from_tensor_slices(x).batch(32).map(ShortestSideCrop(16, 16, seed=1))))
    alone = next(iter(tf.data.Dataset.from_tensor_slices(x).map(ShortestSideCrop(16, 16, seed=1)).batch(32)))
    for crops in (batched.numpy(), alone.numpy()):
        lefts = crops[:, 0, 0, 1]
        assert len(set(lefts)) > 4
        for image, crop, left in zip(x, crops, lefts.astype(int), strict=True):
            np.testing.assert_array_equal(crop, image[:, left : left + 16])


def rectangle(count=8, height=40, width=60, box=(12, 8, 30, 24)):
    """Images of a bright rectangle, a mask of it, and its box: left, top, right, bottom."""
    left, top, right, bottom = box
    masks = np.zeros((count, height, width), "uint8")
    masks[:, top:bottom, left:right] = 3
    return {
        "images": np.repeat(masks[..., None] * 80.0, 3, axis=-1).astype("float32"),
        "segmentation_masks": masks,
        "bounding_boxes": {"boxes": np.full((count, 1, 4), box, "float32"), "labels": np.full((count, 1), 2)},
        "labels": np.arange(count),
    }


@pytest.mark.parametrize(
    "training, shortest_side, off", [(True, 40, 0), (True, 80, 0), (True, 30, 1), (True, (30, 60), 1), (False, 80, 0)]
)
def test_boxes_and_masks_follow_the_images(training, shortest_side, off):
    layer = ShortestSideCrop(28, 30, seed=5, shortest_side=shortest_side, bounding_box_format="xyxy")
    outputs = keras.tree.map_structure(keras.ops.convert_to_numpy, layer(rectangle(), training=training))
    images, masks, boxes = outputs["images"], outputs["segmentation_masks"], outputs["bounding_boxes"]["boxes"][:, 0]
    assert masks.dtype == np.uint8
    assert set(np.unique(masks)) <= {0, 3}
    for image, mask, box, label in zip(images, masks, boxes, outputs["bounding_boxes"]["labels"][:, 0], strict=True):
        if mask.any():
            rows, columns = np.where(mask)
            drawn = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            np.testing.assert_allclose(box, drawn, atol=off)
            assert label == 2
        # The image is the mask but for the pixels that bilinear resizing blurs, at the edge.
        clear = (image[..., 0] < 1) | (image[..., 0] > 239)
        np.testing.assert_array_equal((image[..., 0] > 120)[clear], (mask > 0)[clear])
        assert clear.mean() > 0.7
    if training:
        assert len(np.unique(boxes, axis=0)) > 1


def test_masks_may_have_channels_and_any_dtype():
    data = rectangle()
    for masks in (data["segmentation_masks"] > 0, data["segmentation_masks"][..., None].astype("float32")):
        layer = ShortestSideCrop(28, 30, seed=5, shortest_side=50)
        outputs = layer({"images": data["images"], "segmentation_masks": masks}, training=True)["segmentation_masks"]
        assert keras.backend.standardize_dtype(outputs.dtype) == masks.dtype.name
        assert tuple(outputs.shape) == (8, 28, 30, *masks.shape[3:])


def test_masks_without_channels_in_channels_first():
    data = rectangle()
    last, first = (ShortestSideCrop(28, 30, seed=5, data_format=f"channels_{place}") for place in ("last", "first"))
    expected = last({key: data[key] for key in ("images", "segmentation_masks")})["segmentation_masks"]
    found = first({"images": np.moveaxis(data["images"], -1, 1), "segmentation_masks": data["segmentation_masks"]})
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (found["segmentation_masks"], expected)))


@pytest.mark.parametrize(
    "form", ["yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"]
)
def test_all_formats_of_boxes(form):
    convert = keras.utils.bounding_boxes.convert_format
    data = rectangle()
    plain = ShortestSideCrop(28, 30, seed=5, shortest_side=50, bounding_box_format="xyxy")(data, training=True)
    boxes = keras.ops.convert_to_numpy(convert(data["bounding_boxes"]["boxes"], "xyxy", form, height=40, width=60))
    data["bounding_boxes"]["boxes"] = boxes
    found = ShortestSideCrop(28, 30, seed=5, shortest_side=50, bounding_box_format=form)(data, training=True)
    again = convert(found["bounding_boxes"]["boxes"], form, "xyxy", height=28, width=30)
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (again, plain["bounding_boxes"]["boxes"])), atol=1e-4)


def test_boxes_outside_of_the_crop_and_padding_get_the_label_minus_one():
    boxes = np.array([[[0, 0, 4, 4], [-1, -1, -1, -1], [0, 0, 0, 0], [20, 0, 40, 20]]], "float32")
    layer = ShortestSideCrop(20, 20, bounding_box_format="xyxy")
    for labels in (np.array([[1, -1, -1, 2]]), np.eye(4)[None]):
        data = {"images": noise(1, 20, 60, 3), "bounding_boxes": {"boxes": boxes, "labels": labels}}
        found = keras.tree.map_structure(keras.ops.convert_to_numpy, layer(data, training=False))["bounding_boxes"]
        assert found["boxes"][0].tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 20, 20]]
        np.testing.assert_array_equal(found["labels"][0, :3], np.full_like(labels[0, :3], -1))
        np.testing.assert_array_equal(found["labels"][0, 3], labels[0, 3])


def test_boxes_and_masks_follow_in_pipelines():
    import tensorflow as tf

    data = rectangle()
    layer = ShortestSideCrop(28, 30, seed=5, shortest_side=80, bounding_box_format="xywh")
    data["bounding_boxes"]["boxes"] = np.full((8, 1, 4), (12, 8, 18, 16), "float32")
    alone = tf.data.Dataset.from_tensor_slices(data).map(layer)
    together = tf.data.Dataset.from_tensor_slices(data).batch(8).map(layer).unbatch()
    for outputs in (*alone, *together):
        mask, (left, top, width, height) = outputs["segmentation_masks"].numpy(), outputs["bounding_boxes"]["boxes"].numpy()[0]
        assert outputs["labels"].dtype == tf.int64
        assert outputs["images"].shape == (28, 30, 3)
        if mask.any():
            rows, columns = np.where(mask)
            assert (left, top) == (columns.min(), rows.min())
            assert (left + width, top + height) == (columns.max() + 1, rows.max() + 1)


def test_boxes_without_a_format_are_refused():
    with pytest.raises(ValueError, match="bounding_box_format"):
        ShortestSideCrop(28, 30)(rectangle(), training=True)


def test_whole_numbers():
    x = np.where(noise(2, 20, 30, 3) > 0.5, 255, 0).astype("uint8")
    assert keras.backend.standardize_dtype(ShortestSideCrop(10, 12)(x).dtype) == "float32"
    small = ShortestSideCrop(10, 12, interpolation="bicubic", dtype="uint8")(x, training=False)
    assert keras.backend.standardize_dtype(small.dtype) == "uint8"
    exact = cropped(ShortestSideCrop(10, 12, interpolation="bicubic"), x, training=False)
    assert exact.max() > 256, "the kernel overshoots"
    np.testing.assert_allclose(keras.ops.convert_to_numpy(small).astype("float32"), np.clip(exact, 0, 255), atol=0.501)


def test_half_precision_loses_nothing_but_the_last_rounding():
    x = noise(2, 20, 31, 3) * 255
    exact = cropped(ShortestSideCrop(10, 12), x, training=False)
    for dtype, step in (("mixed_float16", 2**-11), ("mixed_bfloat16", 2**-8)):
        found = keras.ops.cast(ShortestSideCrop(10, 12, dtype=dtype)(x, training=False), "float32")
        np.testing.assert_allclose(keras.ops.convert_to_numpy(found), exact, rtol=step)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="JAX has no float64 unless it is told to; on PyTorch, Keras's matmul has none",
)
def test_double_precision():
    ramp = np.arange(30.0)[:, None, None] * np.pi + np.zeros((1, 1, 30, 1))  # (1, 30, 30, 1); linear stays linear
    found = cropped(ShortestSideCrop(10, 10, dtype="float64", shortest_side=20), ramp, training=False)
    centres = (np.arange(5, 15) + 0.5) * 30 / 20 - 0.5
    np.testing.assert_allclose(found[0, :, 0, 0], centres * np.pi, rtol=1e-12)


def test_the_same_seed_gives_the_same_crops_in_copies_too(tmp_path):
    x = places(40, 16, 24)
    first, again, other = (cropped(ShortestSideCrop(16, 16, seed), x) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0
    model = keras.Sequential([keras.Input((16, 24, 3)), ShortestSideCrop(16, 16, 1)])
    clone = keras.models.clone_model(model)
    np.testing.assert_array_equal(cropped(clone, x), first)
    model.save(tmp_path / "crop.keras")
    np.testing.assert_array_equal(cropped(keras.models.load_model(tmp_path / "crop.keras"), x), first)


def test_a_model_trains_on_random_crops_and_predicts_on_centres():
    x = places(64, 8, 12)
    layer = ShortestSideCrop(8, 8, seed=1)
    model = keras.Sequential([keras.Input((8, 12, 3)), layer, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x / 12, np.zeros((64, 1)), batch_size=16, epochs=1, verbose=0)
    centre = keras.Sequential([keras.Input((8, 12, 3)), layer]).predict(x, verbose=0)
    np.testing.assert_array_equal(centre, x[:, :, 2:10])


def test_shapes():
    layer = ShortestSideCrop(6, 7)
    assert layer.compute_output_shape((None, None, None, 3)) == (None, 6, 7, 3)
    assert layer.compute_output_shape((None, None, 1)) == (6, 7, 1)
    assert ShortestSideCrop(6, 7, data_format="channels_first").compute_output_shape((2, 3, 9, 9)) == (2, 3, 6, 7)
    assert ShortestSideCrop(6, 7)(keras.Input((None, None, 3))).shape == (None, 6, 7, 3)


def test_config_and_copies(tmp_path):
    arguments = {
        "height": 6,
        "width": 7,
        "seed": 3,
        "shortest_side": 9,
        "interpolation": "bicubic",
        "antialias": True,
        "data_format": "channels_first",
        "bounding_box_format": "xywh",
    }
    check_config_is_whole(ShortestSideCrop(**arguments), arguments)
    check_copies(ShortestSideCrop(**arguments), noise(2, 3, 11, 13), tmp_path)
    pair = ShortestSideCrop(6, 7, shortest_side=[8, 9])
    assert ShortestSideCrop.from_config(pair.get_config()).shortest_side == (8, 9)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"height": 0}, "Invalid `height`. Expected a whole number of at least 1. Received: height=0."),
        ({"width": 7.0}, "width=7.0"),
        ({"width": True}, "width=True"),
        ({"height": float("nan")}, "height=nan"),
        (
            {"shortest_side": 6},
            "Invalid `shortest_side`. Expected a whole number of at least 7, the crop's longer side, or a pair of such. "
            "Received: shortest_side=6.",
        ),
        ({"shortest_side": (9, 8)}, "shortest_side=(9, 8). A pair is (smallest, greatest)."),
        ({"shortest_side": (8, 9, 10)}, "shortest_side=(8, 9, 10)"),
        ({"shortest_side": [3, 9]}, "shortest_side=[3, 9]"),
        ({"shortest_side": "256"}, "shortest_side='256'"),
        ({"shortest_side": float("nan")}, "shortest_side=nan"),
        ({"shortest_side": ()}, "shortest_side=()"),
        ({"interpolation": "bilinaer"}, "Did you mean 'bilinear'?"),
        ({"antialias": 1}, "antialias=1"),
        ({"seed": -3}, "seed=-3"),
        ({"bounding_box_format": "xyhw"}, "bounding_box_format='xyhw'"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        ShortestSideCrop(**{"height": 6, "width": 7, **arguments})


def test_refuses_masks_of_another_size():
    data = {"images": noise(2, 20, 30, 3), "segmentation_masks": np.zeros((2, 10, 15), "uint8")}
    with pytest.raises(ValueError, match=r"the images' size \(20, 30\). Received: segmentation_masks=\(10, 15\)"):
        ShortestSideCrop(10, 12)(data)
