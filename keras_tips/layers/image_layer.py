"""What the layers that change images share: dicts, unbatched images, and `tf.data` on every backend."""

from typing import Any

import keras
import numpy as np

# Keras's own augmentation layers extend this class. It brings `self.backend`, whose operations are TensorFlow's inside of a
# `tf.data` pipeline whatever the backend is, a generator of random numbers for each of the two, and dicts with boxes and
# masks. No public class has that. This is the one place that imports it.
from keras.src.layers.preprocessing.image_preprocessing.base_image_preprocessing_layer import BaseImagePreprocessingLayer

from keras_tips._base.arguments import check_choice, check_integer, invalid
from keras_tips.layers.resolve_data_format import resolve_data_format

__all__ = ["ImageLayer", "check_rank"]

CORNERS = ("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw")
GREATEST_SEED = 2**31 - 1  # PyTorch's state is an int32
EXACT_BITS = 16  # the limits of wider integers are no float32
BOX_FORMATS = (*CORNERS, "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh")


class ImageLayer(BaseImagePreprocessingLayer):
    """A layer that changes the images of a batch, or one image, and says how far the rest of a dict follows.

    It is called with images, or with a dict of `images` and any of `labels`, `bounding_boxes` and `segmentation_masks`. A
    subclass names in `follows` the keys that change with the images. All other entries come back as they went in: Keras's
    own layers turn them into floats inside of a `tf.data` pipeline, class numbers too.

    A subclass gives `get_random_transformation`, `transform_images` and, for what else follows, `transform_bounding_boxes`
    and `transform_segmentation_masks`. Those get batches; a single image is a batch of one.

    Args:
        seed: a whole number from 0 to 2147483647, or None.
        data_format: `"channels_last"`, `"channels_first"`, or None for Keras's setting.
        bounding_box_format: a format of `keras.utils.bounding_boxes.convert_format`, or None where there are no boxes.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Raises:
        ValueError: an argument is invalid.
    """

    # Keras's base class takes a `factor` unless it is told not to.
    _USE_BASE_FACTOR = False

    follows: tuple[str, ...] = ("images",)

    def __init__(
        self, seed: int | None = None, data_format: str | None = None, bounding_box_format: str | None = None, **kwargs: Any
    ) -> None:
        if seed is not None:
            seed = check_integer("seed", seed, 0, GREATEST_SEED)
        if bounding_box_format is not None:
            bounding_box_format = check_choice("bounding_box_format", bounding_box_format, BOX_FORMATS)
        # Boxes in float16 would be off by half a pixel. So nothing is cast on the way in, but images on the way out.
        super().__init__(
            data_format=resolve_data_format(data_format),
            bounding_box_format=bounding_box_format,
            autocast=False,
            **kwargs,
        )
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)
        first = self.data_format == "channels_first"
        self.height_axis, self.width_axis, self.channel_axis = (-2, -1, -3) if first else (-3, -2, -1)

    def __call__(self, data: Any, **kwargs: Any) -> Any:
        """Calls the layer with what follows the images, and puts the rest beside it."""
        if not isinstance(data, dict):
            return super().__call__(data, **kwargs)
        if "images" not in data:
            raise invalid("data", "images, or a dict with the key 'images'", list(data), "Name the images so.")
        outputs = super().__call__({key: data[key] for key in data if key in self.follows}, **kwargs)
        return {key: outputs.get(key, value) for key, value in data.items()}

    def images_shape(self, data: Any) -> tuple[Any, ...]:
        """Returns the shape of the images in `data`; a length that is not known yet is a tensor."""
        shape = tuple(self.backend.shape(data["images"] if isinstance(data, dict) else data))
        return check_rank(shape)

    def random_state(self, seed: Any = None) -> Any:
        """Returns `seed`, or the layer's own generator for the backend that runs now."""
        return self._get_seed_generator(self.backend.name) if seed is None else seed

    @property
    def precision(self) -> str:
        """The dtype that the layer computes in: half precision would round pixels before they are changed."""
        return "float64" if self.compute_dtype == "float64" else "float32"

    def finished(self, images: Any) -> Any:
        """Returns images of the layer's dtype; on the way to whole numbers they are rounded and kept in range."""
        dtype = self.compute_dtype
        if "int" in dtype and "float" in keras.backend.standardize_dtype(images.dtype):
            images = self.backend.numpy.round(images)
            if np.iinfo(dtype).bits <= EXACT_BITS:
                images = self.backend.numpy.clip(images, np.iinfo(dtype).min, np.iinfo(dtype).max)
        return self.backend.cast(images, dtype)

    def compute_output_spec(self, data: Any, training: bool = True) -> Any:
        """Returns shapes and dtypes of the outputs, of a dict too."""
        if not isinstance(data, dict):
            return keras.KerasTensor(self.compute_output_shape(tuple(data.shape)), dtype=self.compute_dtype)
        outputs = dict(data)
        outputs["images"] = self.compute_output_spec(data["images"])
        if "segmentation_masks" in data:
            masks = data["segmentation_masks"]
            shape = self.compute_masks_shape(tuple(masks.shape), batched=len(data["images"].shape) == 4)
            outputs["segmentation_masks"] = keras.KerasTensor(shape, dtype=masks.dtype)
        return outputs

    def compute_masks_shape(self, shape: tuple[int | None, ...], batched: bool) -> tuple[int | None, ...]:
        """Returns the shape of masks whose inputs have this one; an axis for channels may lack."""
        if len(shape) == 3 + batched:
            return self.compute_output_shape(shape)
        place = self.channel_axis % (3 + batched)
        longer = self.compute_output_shape((*shape[:place], 1, *shape[place:]))
        return (*longer[:place], *longer[place + 1 :])

    def transform_labels(self, labels: Any, transformation: Any, training: bool = True) -> Any:
        """Returns the labels as they are."""
        return labels

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments as plain values."""
        return {**super().get_config(), "seed": self.seed, "bounding_box_format": self.bounding_box_format}


def check_rank(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """Returns `shape`. Raises `ValueError` unless it is that of an image or of a batch of images."""
    if len(shape) not in (3, 4):
        cure = "A single image has 3 axes, a batch has 4; grey images have a channel too."
        raise invalid("images", "3 or 4 axes", shape, cure)
    return shape
