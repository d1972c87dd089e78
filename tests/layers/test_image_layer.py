"""What image layers share, seen on the smallest one: brighter while training."""

import re

import keras
import numpy as np
import pytest

from keras_tips.layers.image_layer import ImageLayer

pytestmark = pytest.mark.backend


class Brighter(ImageLayer):
    """Adds a number to each image: 0.7 at least."""

    def get_random_transformation(self, data, training=True, seed=None):
        shape = self.images_shape(data)
        return self.backend.random.uniform((shape[0] if len(shape) == 4 else 1, 1, 1, 1), 0.7, 9, seed=self.random_state(seed))

    def transform_images(self, images, transformation, training=True):
        images = self.backend.cast(images, self.precision)
        return self.finished(images + transformation if training else images)

    def compute_output_shape(self, input_shape):
        return input_shape


def entries(count=2):
    return {
        "labels": np.arange(count),
        "images": np.full((count, 3, 4, 1), 250, "uint8"),
        "names": np.array(["a", "b"][:count]),
    }


def test_what_does_not_follow_the_images_comes_back_as_it_is():
    data = entries()
    outputs = Brighter()(data, training=True)
    assert list(outputs) == ["labels", "images", "names"]
    assert outputs["labels"] is data["labels"]
    assert outputs["names"] is data["names"]
    assert outputs is not data
    assert data["images"].max() == 250, "the caller's dict was changed"
    assert keras.ops.convert_to_numpy(outputs["images"]).min() > 250


def test_pipelines_keep_whole_numbers_and_texts():
    import tensorflow as tf

    for batch in (False, True):
        dataset = tf.data.Dataset.from_tensor_slices(entries())
        outputs = next(iter((dataset.batch(2) if batch else dataset).map(Brighter())))
        assert outputs["labels"].dtype == tf.int64
        assert outputs["names"].dtype == tf.string
        assert outputs["images"].dtype == tf.float32
        assert outputs["images"].shape == ((2, 3, 4, 1) if batch else (3, 4, 1))


def test_a_dict_goes_through_a_functional_model():
    inputs = {
        "images": keras.Input((3, 4, 1)),
        "labels": keras.Input((), dtype="int32"),
        "segmentation_masks": keras.Input((3, 4), dtype="uint8"),
    }
    outputs = Brighter()(inputs)
    assert outputs["labels"] is inputs["labels"]
    assert (outputs["images"].shape, outputs["images"].dtype) == ((None, 3, 4, 1), "float32")
    assert (outputs["segmentation_masks"].shape, outputs["segmentation_masks"].dtype) == ((None, 3, 4), "uint8")


@pytest.mark.parametrize(
    "dtype, arrives",
    [("float32", "float32"), ("mixed_float16", "float16"), ("mixed_bfloat16", "bfloat16"), ("uint8", "uint8")],
)
def test_images_arrive_in_the_dtype_of_the_layer(dtype, arrives):
    outputs = Brighter(dtype=dtype)(np.full((2, 3, 4, 1), 249.25, "float32"), training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == arrives
    values = keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32"))
    assert values.min() >= 249.9375
    if arrives == "uint8":
        assert values.max() <= 255, "254.25 + 9 wrapped around"


def test_whole_numbers_are_rounded():
    layer = Brighter(dtype="uint8")
    rounded = layer.finished(layer.backend.convert_to_tensor(np.array([0.4, 0.6, -3.0, 300.0], "float32")))
    assert keras.ops.convert_to_numpy(rounded).tolist() == [0, 1, 0, 255]


def test_a_seed_gives_the_same_numbers():
    x = np.zeros((2, 3, 4, 1), "float32")
    first, again, other = (keras.ops.convert_to_numpy(Brighter(seed=seed)(x, training=True)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0
    layer = Brighter(seed=3)
    assert np.abs(np.subtract(*(keras.ops.convert_to_numpy(layer(x, training=True)) for _ in range(2)))).max() > 0


def test_config():
    layer = Brighter(seed=3, data_format="channels_first", bounding_box_format="rel_xyxy", name="light")
    config = layer.get_config()
    assert Brighter.from_config(config).get_config() == config
    assert {name: config[name] for name in ("seed", "data_format", "bounding_box_format")} == {
        "seed": 3,
        "data_format": "channels_first",
        "bounding_box_format": "rel_xyxy",
    }


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"seed": -1}, "Invalid `seed`. Expected a whole number of at least 0 and at most 2147483647. Received: seed=-1."),
        ({"seed": 1.5}, "seed=1.5"),
        ({"seed": True}, "seed=True"),
        ({"seed": float("nan")}, "seed=nan"),
        ({"data_format": "channel_last"}, "Did you mean 'channels_last'?"),
        ({"bounding_box_format": "xyhw"}, "bounding_box_format='xyhw'. Did you mean"),
        ({"bounding_box_format": 4}, "bounding_box_format=4"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Brighter(**arguments)


def test_refuses_what_is_no_image():
    with pytest.raises(ValueError, match="Expected 3 or 4 axes"):
        Brighter()(np.zeros((3, 4), "float32"))
    with pytest.raises(ValueError, match=r"a dict with the key 'images'. Received: data=\['image'\]"):
        Brighter()({"image": np.zeros((3, 4, 1))})
