"""Resizes by the shortest side and crops at a random place, another one for each image."""

from typing import Any

import keras

from keras_tips._base.arguments import check_choice, check_integer, invalid
from keras_tips.layers.covering_size import covering_size
from keras_tips.layers.crop_window import CropWindow, boxes_in_window, images_in_window
from keras_tips.layers.image_layer import ImageLayer, check_rank

__all__ = ["ShortestSideCrop"]

INTERPOLATIONS = ("bilinear", "bicubic", "nearest")


@keras.saving.register_keras_serializable(package="keras_tips")
class ShortestSideCrop(ImageLayer):
    """Resizes images by their shortest side, and crops them: at a random place while training, else in the centre.

    With s for the scale, an image of `H x W` pixels becomes one of `round(s * H) x round(s * W)`, of the same aspect ratio.
    Without `shortest_side`, s is the smallest scale at which the crop fits: `max(height / H, width / W)`. With it, s is
    `shortest_side / min(H, W)`. Then `height x width` pixels are cut out, at a place that is drawn for each image alone;
    every place that fits is as likely. Smaller images are enlarged. Images that have the size already come back to the bit.

    It works in a model, and in a `tf.data` pipeline on any backend, where images may come one by one in different sizes. It
    takes images or a dict: `segmentation_masks` are resized by nearest neighbours and cut at the same place,
    `bounding_boxes` follow and are clipped to the crop, and everything else passes as it is. A box of which nothing is left
    becomes all zeros with the label -1, which is how Keras fills up lists of boxes.

    Args:
        height: height of the crop in pixels; at least 1.
        width: width of the crop in pixels; at least 1.
        seed: a whole number for the same crops in each run, or None.
        shortest_side: to how many pixels the shortest side is resized first, at least the longer side of the crop; AlexNet
            and VGG take 256 for a crop of 224. Or a pair `(low, high)`: a size between the two, both included, is drawn for
            each image, as for VGG's scale jittering with (256, 512); their middle is taken where nothing is random.
        interpolation: `"bilinear"`, `"bicubic"` or `"nearest"`, as in `keras.layers.Resizing`; bicubic alike on all backends.
        antialias: whether images that shrink are blurred first, so that no pixel is left out. Off, as in
            `keras.layers.Resizing`; better for images more than twice as large, and slower.
        data_format: `"channels_last"`, `"channels_first"`, or None for Keras's setting.
        bounding_box_format: the format of boxes, a name that `keras.utils.bounding_boxes.convert_format` knows.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, H, W, channels)`, or `(H, W, channels)` for one image; `channels` before `H` with channels_first. Any dtype.

    Output shape:
        The same with `height` and `width` in place of `H` and `W`, of the layer's dtype: floats unless told otherwise. With a
        `dtype` of whole numbers, such as `"uint8"`, values are rounded and kept in range. Masks keep theirs.

    Raises:
        ValueError: an argument is invalid; when called, the input is no image and no batch of images, or masks have another
            size.

    Example:

    >>> import keras
    >>> from keras_tips.layers import ShortestSideCrop
    >>> images = keras.random.uniform((4, 300, 400, 3))
    >>> crops = ShortestSideCrop(224, 224, shortest_side=256)(images, training=True)  # four places
    >>> print(tuple(crops.shape))
    (4, 224, 224, 3)

    References:
        Alex Krizhevsky, Ilya Sutskever, Geoffrey Hinton: "ImageNet Classification with Deep Convolutional Neural Networks",
        2012, https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks

        Karen Simonyan, Andrew Zisserman: "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014,
        https://arxiv.org/abs/1409.1556
    """

    follows = ("images", "bounding_boxes", "segmentation_masks")

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        shortest_side: int | tuple[int, int] | None = None,
        interpolation: str = "bilinear",
        antialias: bool = False,
        data_format: str | None = None,
        bounding_box_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        height, width = check_integer("height", height, 1), check_integer("width", width, 1)
        shortest_side = _check_shortest_side(shortest_side, max(height, width))
        interpolation = check_choice("interpolation", interpolation, INTERPOLATIONS)
        if not isinstance(antialias, bool):
            raise invalid("antialias", "True or False", antialias)
        super().__init__(seed=seed, data_format=data_format, bounding_box_format=bounding_box_format, **kwargs)
        self.height = height
        self.width = width
        self.shortest_side = shortest_side
        self.interpolation = interpolation
        self.antialias = antialias

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> CropWindow:
        """Returns where the crops lie: at random places, one per image, or all in the centre."""
        shape = self.images_shape(data)
        source, size = (shape[self.height_axis], shape[self.width_axis]), (self.height, self.width)
        if not training:
            resized = covering_size(self.backend, self._frame(), source)
            return CropWindow(source, resized, (_half(resized[0] - size[0]), _half(resized[1] - size[1])), size)
        images = shape[0] if len(shape) == 4 else 1
        shares = self.backend.random.uniform((images, 3), dtype="float32", seed=self.random_state(seed))
        # One place for all takes a slice, which is faster than a look-up.
        shares = shares[0] if isinstance(images, int) and images == 1 else self.backend.numpy.transpose(shares)
        resized = covering_size(self.backend, self._frame(shares[0]), source)
        start = tuple(self._whole(shares[axis + 1], resized[axis] - size[axis] + 1) for axis in (0, 1))
        return CropWindow(source, resized, start, size)

    def _frame(self, shares: Any = None) -> tuple[Any, Any]:
        """What the resized images have to cover. `shares` in [0, 1) choose among the sizes from low to high."""
        if self.shortest_side is None:
            return self.height, self.width
        if isinstance(self.shortest_side, int):
            return self.shortest_side, self.shortest_side
        low, high = self.shortest_side
        side = (low + high) // 2 if shares is None else low + self._whole(shares, high - low + 1)
        return side, side

    def _whole(self, shares: Any, count: Any) -> Any:
        """Turns numbers in [0, 1) into whole numbers from 0 to `count - 1`, each as likely."""
        count = self.backend.cast(self.backend.convert_to_tensor(count), "int32")
        drawn = self.backend.cast(shares * self.backend.cast(count, "float32"), "int32")
        return self.backend.numpy.minimum(drawn, count - 1)  # a product may be rounded up to `count`

    def transform_images(self, images: Any, transformation: CropWindow, training: bool = True) -> Any:
        """Returns the crops, of the layer's dtype."""
        return self.finished(self._crops(images, transformation, self.interpolation))

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: CropWindow, training: bool = True) -> Any:
        """Returns the masks, cut as the images are; with or without an axis for channels."""
        masks = self.backend.convert_to_tensor(segmentation_masks)
        without_channels = len(masks.shape) == 3
        if without_channels:
            masks = self.backend.numpy.expand_dims(masks, self.channel_axis)
        size = (masks.shape[self.height_axis], masks.shape[self.width_axis])
        for length, expected in zip(size, transformation.source, strict=True):
            if isinstance(length, int) and isinstance(expected, int) and length != expected:
                cure = "Height or width differ from the images': resize the masks first."
                raise invalid("segmentation_masks", f"masks of the images' size {transformation.source}", size, cure)
        masks = self._crops(masks, transformation, "nearest")
        return self.backend.numpy.squeeze(masks, self.channel_axis) if without_channels else masks

    def _crops(self, images: Any, window: CropWindow, interpolation: str) -> Any:
        """The crops, of the dtype that the interpolation gives."""
        if self.data_format == "channels_last":
            return images_in_window(self.backend, images, window, interpolation, self.antialias, self.precision)
        images = self.backend.numpy.transpose(images, (0, 2, 3, 1))
        images = images_in_window(self.backend, images, window, interpolation, self.antialias, self.precision)
        return self.backend.numpy.transpose(images, (0, 3, 1, 2))

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: CropWindow, training: bool = True) -> Any:
        """Returns the boxes in the crop's pixels; the label of a box outside of it is -1."""
        convert, form = keras.utils.bounding_boxes.convert_format, self.bounding_box_format
        (source_height, source_width), (height, width) = transformation.source, transformation.size
        boxes = convert(bounding_boxes["boxes"], source=form, target="xyxy", height=source_height, width=source_width)
        boxes, gone = boxes_in_window(self.backend, boxes, transformation)
        labels = bounding_boxes["labels"]
        if len(labels.shape) > len(gone.shape):  # one number per class
            gone = self.backend.numpy.expand_dims(gone, -1)
        labels = self.backend.numpy.where(gone, self.backend.cast(-1, labels.dtype), labels)
        boxes = convert(boxes, source="xyxy", target=form, height=height, width=width)
        return {**bounding_boxes, "boxes": boxes, "labels": labels}

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape with the crop's height and width."""
        output_shape = list(check_rank(tuple(input_shape)))
        output_shape[self.height_axis], output_shape[self.width_axis] = self.height, self.width
        return tuple(output_shape)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        own = ("height", "width", "shortest_side", "interpolation", "antialias")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def _half(free: Any) -> Any:
    return free // 2


def _check_shortest_side(value: Any, least: int) -> int | tuple[int, int] | None:
    if value is None:
        return None
    expected = f"a whole number of at least {least}, the crop's longer side, or a pair of such"
    several = isinstance(value, (list, tuple))
    try:
        sides = [check_integer("shortest_side", side, least) for side in (value if several else [value])]
    except ValueError as error:
        raise invalid("shortest_side", expected, value) from error
    if not several:
        return sides[0]
    if len(sides) != 2 or sides[0] > sides[1]:
        raise invalid("shortest_side", expected, value, "A pair is (smallest, greatest).")
    return sides[0], sides[1]
