"""AlexNet's augmentation of colours: light of another strength and colour on each image."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_number, invalid
from keras_tips.layers.batches_of import batches_of
from keras_tips.layers.covariance import covariance
from keras_tips.layers.image_layer import ImageLayer, check_rank
from keras_tips.layers.principal_axes import principal_axes

__all__ = ["PCALighting"]

# Variances and axes of the pixels of ImageNet's photographs, red, green and blue between 0 and 1, as they have gone round
# since Facebook's ResNet program for Torch (2016). They are variances: the first axis is nearly grey, (1, 1, 1) / sqrt(3), so
# each channel has a standard deviation of about sqrt(0.2175 / 3) = 0.27, which is what photographs have. Were they standard
# deviations, it would be 0.13.
IMAGENET_VARIANCES = (0.2175, 0.0188, 0.0045)
IMAGENET_AXES = ((-0.5675, 0.7192, 0.4009), (-0.5808, -0.0045, -0.8140), (-0.5836, -0.6948, 0.4203))  # in columns

CHANNELS = 3
# Numbers between 0 and 1 have a sample variance of 1/2 at most: two of them, 0 and 1. Three channels have three times that.
GREATEST_VARIANCE = 1.5
# How far the products of two axes may be from 0 or 1: axes that are written with two digits still pass.
ROUNDING = 0.02


@keras.saving.register_keras_serializable(package="keras_tips")
class PCALighting(ImageLayer):
    """Shifts the colours of each image along the principal axes of all colours, while training.

    To each pixel `(red, green, blue)` of an image is added, with p for the eigenvectors and l for the eigenvalues of the
    covariance of pixels, and three numbers a drawn once for the image from a normal distribution of deviation `scale`:

    `[p1 p2 p3] [a1 * l1, a2 * l2, a3 * l3]^T`

    The first axis is light and dark, the others are warm and cold: colours vary along them as under another light, and the
    thing in the picture stays what it is. All pixels of an image get the same shift, then values are clipped to
    `value_range`, as in Keras's own layers. Nothing changes where the layer does not train.

    Eigenvalues are variances of pixels between 0 and 1, whatever the range of the images is: shifts are made for that range
    and stretched to `value_range`. Without arguments they are ImageNet's, and a typical shift is 2 % of the range along the
    first axis. The paper's formula does not say the range; with pixels from 0 to 255 it would shift by 255 times as much,
    beyond black and white. The program of its first author multiplied standard deviations instead of variances: for
    that, give the square roots of eigenvalues in their place. With ImageNet's, a typical shift is then 5 % of the range.

    `adapt(images)` takes the axes from training images. It works in a model, and in a `tf.data` pipeline on any backend; put it
    before what scales or normalizes pixels, or say their range. In a dict, labels, boxes and masks pass as they are.

    Args:
        scale: standard deviation of the numbers that are drawn; at least 0.
        eigenvalues: three variances of pixels between 0 and 1; None for ImageNet's.
        eigenvectors: three rows of three, where column i belongs to eigenvalue i; given with `eigenvalues` or not at all.
        value_range: the least and the greatest value of a pixel.
        seed: a whole number for the same shifts in each run, or None.
        data_format: `"channels_last"`, `"channels_first"`, or None for Keras's setting.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, height, width, 3)`, or `(height, width, 3)` for one image; the 3 before the height with channels_first. Any
        dtype.

    Output shape:
        That of the input, of the layer's dtype: floats unless told otherwise. With a `dtype` of whole numbers, such as
        `"uint8"`, values are rounded.

    Raises:
        ValueError: an argument is invalid; when called, images have other than three channels.

    Example:

    >>> import keras
    >>> from keras_tips.layers import PCALighting
    >>> grey = keras.ops.full((2, 4, 4, 3), 128.0)
    >>> lit = keras.ops.convert_to_numpy(PCALighting(scale=0.5, seed=1)(grey, training=True))
    >>> shifts = lit[:, 0, 0] - 128.0  # one per image
    >>> bool((lit == 128.0 + shifts[:, None, None]).all()), bool((shifts[0] != shifts[1]).all())
    (True, True)

    Reference:
        Alex Krizhevsky, Ilya Sutskever, Geoffrey Hinton: "ImageNet Classification with Deep Convolutional Neural Networks",
        2012, section 4.1, https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks
    """

    def __init__(
        self,
        scale: float = 0.1,
        eigenvalues: Sequence[float] | None = None,
        eigenvectors: Sequence[Sequence[float]] | None = None,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        scale, value_range = check_number("scale", scale, 0), _check_range(value_range)
        if (eigenvalues is None) != (eigenvectors is None):
            missing, given = ("eigenvalues", "eigenvectors") if eigenvalues is None else ("eigenvectors", "eigenvalues")
            raise invalid(missing, f"them beside the {given}", None, "Give both, or none of the two for ImageNet's.")
        if eigenvalues is not None:
            eigenvalues, eigenvectors = _check_eigenvalues(eigenvalues), _check_eigenvectors(eigenvectors)
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.scale = scale
        self.eigenvalues = eigenvalues
        self.eigenvectors = eigenvectors
        self.value_range = value_range

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Takes eigenvalues and eigenvectors from the pixels of training images, read once, holding one batch at a time.

        They become the layer's arguments, so they are saved with it. A model that has already been trained or has predicted
        goes on with the old ones until it is compiled anew.

        Args:
            data: an array of images, of NumPy or a backend; or batches of them: a `tf.data.Dataset`, a
                `keras.utils.PyDataset`, a generator, a list of arrays. Where a batch is `(x, y)` or `(x, y, weights)`, x is
                taken. Instead of batches, there may be single images of different sizes.
            steps: how many batches to read; needed where they never end. None reads all. Not with an array.

        Raises:
            ValueError: `data` is nothing of the above, endless, or holds less than two pixels; a pixel lies outside of
                `value_range` or is NaN; images have other than three channels.
        """
        if len(getattr(data, "shape", ())) == 3:  # one image is no batch of rows
            data = [data]
        pixels = covariance(self._pixels(batches_of(data, steps)), CHANNELS)
        if pixels.examples < 2:
            raise invalid("data", "two pixels or more", data, "A generator that was read before is empty.")
        span = self.value_range[1] - self.value_range[0]
        axes, variances = principal_axes(pixels.scatter / span**2, pixels.examples, pixels.mean / span)
        self.eigenvalues = tuple(map(float, variances))
        self.eigenvectors = tuple(tuple(map(float, row)) for row in axes)

    def _pixels(self, batches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """The pixels of each batch, `(pixels, 3)`."""
        low, high = self.value_range
        for batch in batches:
            self._check_channels(batch.shape)
            for extreme in (batch.min(), batch.max()):
                if not low <= extreme <= high:  # so NaN is refused too
                    cure = "Say the range of the images in `value_range`."
                    raise invalid("data", f"pixels from {low:g} to {high:g}", float(extreme), cure)
            yield np.moveaxis(batch, self.channel_axis, -1).reshape(-1, CHANNELS)

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """Returns the shifts, `(batch, 3)`, in units of the images; None where the layer does not train."""
        shape = self.images_shape(data)
        self._check_channels(shape)
        if not training:
            return None
        images = shape[0] if len(shape) == 4 else 1
        draws = self.backend.random.normal((images, CHANNELS), stddev=self.scale, dtype="float32", seed=self.random_state(seed))
        variances = IMAGENET_VARIANCES if self.eigenvalues is None else self.eigenvalues
        axes = IMAGENET_AXES if self.eigenvectors is None else self.eigenvectors
        span = self.value_range[1] - self.value_range[0]
        moves = np.array(axes).T * np.array(variances)[:, None] * span  # (3, 3): in row i, the move along axis i
        return self.backend.numpy.matmul(draws, self.backend.convert_to_tensor(moves, dtype="float32"))

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        """Returns the images with their shifts, clipped to the range, of the layer's dtype."""
        if not training:
            return self.finished(images)
        images, shifts = (self.backend.cast(each, self.precision) for each in (images, transformation))
        lit = self.backend.numpy.clip(self._shifted(images, shifts), *self.value_range)
        return self.finished(lit)

    def _shifted(self, images: Any, shifts: Any) -> Any:
        """The images `(batch, ...)` plus the shifts `(batch, 3)`."""
        ops = self.backend.numpy
        if self.data_format == "channels_first":
            return images + ops.reshape(shifts, (-1, CHANNELS, 1, 1))
        # Row by row: along an axis of three, TensorFlow adds at less than half the speed.
        batch, height, width, _ = shape = self.backend.shape(images)
        rows = ops.reshape(images, (batch, height, width * CHANNELS))
        return ops.reshape(rows + ops.expand_dims(ops.tile(shifts, (1, width)), 1), shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape."""
        self._check_channels(check_rank(tuple(input_shape)))
        return tuple(input_shape)

    def _check_channels(self, shape: tuple[Any, ...]) -> None:
        channels = check_rank(tuple(shape))[self.channel_axis]
        if isinstance(channels, int) and channels != CHANNELS:
            cure = f"The layer takes images with {self.data_format}."
            raise invalid("images", "three channels, red, green and blue", tuple(shape), cure)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values; after `adapt`, with what was found."""
        vectors = self.eigenvectors
        return {
            **super().get_config(),
            "scale": self.scale,
            "eigenvalues": None if self.eigenvalues is None else list(self.eigenvalues),
            "eigenvectors": None if vectors is None else [list(row) for row in vectors],
            "value_range": list(self.value_range),
        }


def _numbers(name: str, values: Any, shape: tuple[int, ...], expected: str) -> np.ndarray:
    """Returns `values` as an array of finite numbers of this shape."""
    try:
        array = np.array(values)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iuf" or array.shape != shape or not np.isfinite(array).all():
        raise invalid(name, expected, values)
    return array.astype("float64")


def _check_range(value_range: Any) -> tuple[float, float]:
    expected = "two numbers, the least and the greatest value of a pixel"
    low, high = _numbers("value_range", value_range, (2,), expected)
    if not low < high:
        raise invalid("value_range", expected, value_range, "The first is smaller.")
    return float(low), float(high)


def _check_eigenvalues(eigenvalues: Any) -> tuple[float, ...]:
    variances = _numbers("eigenvalues", eigenvalues, (CHANNELS,), "three numbers of at least 0")
    if variances.min() < 0:
        raise invalid("eigenvalues", "three numbers of at least 0", eigenvalues)
    if variances.sum() > GREATEST_VARIANCE:
        expected = f"variances of pixels between 0 and 1, at most {GREATEST_VARIANCE} together"
        raise invalid("eigenvalues", expected, eigenvalues, "Divide those of pixels from 0 to 255 by 255**2.")
    return tuple(map(float, variances))


def _check_eigenvectors(eigenvectors: Any) -> tuple[tuple[float, ...], ...]:
    axes = _numbers("eigenvectors", eigenvectors, (CHANNELS, CHANNELS), "three rows of three numbers")
    if np.abs(axes.T @ axes - np.eye(CHANNELS)).max() > ROUNDING:
        raise invalid("eigenvectors", "columns of length 1, at right angles to each other", eigenvectors)
    return tuple(tuple(map(float, row)) for row in axes)
