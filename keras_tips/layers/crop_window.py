"""A window on a resized image: where it lies, what it shows, and where boxes lie in it."""

from typing import Any, NamedTuple

from keras_tips.layers.axis_weights import axis_weights
from keras_tips.layers.pick_pixels import pick_pixels

__all__ = ["CropWindow", "boxes_in_window", "images_in_window"]


class CropWindow(NamedTuple):
    """Where the window lies. Each entry holds a value for the height and one for the width, in pixels.

    A value is an integer or an int32 scalar where it holds for all images, else an int32 tensor of shape `(batch,)`.
    """

    source: tuple[Any, Any]  # size of the images
    resized: tuple[Any, Any]  # size to which they are resized
    start: tuple[Any, Any]  # first row and column of the window
    size: tuple[int, int]  # size of the window

    @property
    def resizes(self) -> bool:
        """False where it is known that the images keep their size."""
        return not all(isinstance(length, int) for length in self.source + self.resized) or self.source != self.resized


def images_in_window(
    backend: Any, images: Any, window: CropWindow, interpolation: str, antialias: bool = False, precision: str = "float32"
) -> Any:
    """Returns what the window shows: `images` resized, then cut.

    Args:
        backend: a Keras backend, such as `self.backend` of an `ImageLayer`.
        images: `(batch, height, width, channels)`.
        window: where it lies.
        interpolation: `"nearest"`, `"bilinear"` or `"bicubic"`.
        antialias: whether images that shrink are blurred first; nothing to `"nearest"`.
        precision: the dtype to compute in, `"float32"` or `"float64"`.

    Returns:
        `(batch, *window.size, channels)`: of the dtype of `images` where they keep their size and with `"nearest"`, else of
        `precision`.
    """
    if not window.resizes:
        return _cut(backend, images, window)
    if interpolation == "nearest":
        return pick_pixels(backend, images, *(_nearest(backend, window, axis) for axis in (0, 1)))
    images = backend.cast(images, precision)
    plain = interpolation == "bilinear" and not antialias
    if precision == "float32" and _one_call_resizes(backend, window, plain):
        options = {"interpolation": interpolation, "antialias": antialias, "data_format": "channels_last"}
        return _cut(backend, backend.image.resize(images, window.resized, **options), window)
    rows, columns = (
        axis_weights(backend, start, length, source, resized, interpolation, antialias, precision)
        for start, length, source, resized in zip(window.start, window.size, window.source, window.resized, strict=True)
    )
    return _resize_rows(backend, columns, _resize_rows(backend, rows, images))


def boxes_in_window(backend: Any, boxes: Any, window: CropWindow) -> tuple[Any, Any]:
    """Returns where boxes lie in the window, clipped to it, and which of them it shows nothing of.

    Args:
        backend: a Keras backend, such as `self.backend` of an `ImageLayer`.
        boxes: `(batch, boxes, 4)`, float32: left, top, right and bottom in pixels of the images.
        window: where it lies.

    Returns:
        Boxes as they came, in pixels of the window, and a boolean `(batch, boxes)`, true where nothing is left of a box; such
        a box is all zeros.
    """
    ops = backend.numpy
    starts, scales = ([_number(backend, value) for value in pair] for pair in (window.start, window.resized))
    scales = [resized / _number(backend, source) for resized, source in zip(scales, window.source, strict=True)]
    corners = [
        ops.clip(boxes[..., place] * scales[axis] - starts[axis], 0.0, float(window.size[axis]))
        for place, axis in enumerate((1, 0, 1, 0))
    ]
    left, top, right, bottom = corners
    gone = ops.logical_or(right <= left, bottom <= top)
    return ops.where(ops.expand_dims(gone, -1), 0.0, ops.stack(corners, axis=-1)), gone


def _number(backend: Any, value: Any) -> Any:
    """A float32 tensor that multiplies `(batch, boxes)`."""
    return backend.numpy.reshape(backend.cast(backend.convert_to_tensor(value), "float32"), (-1, 1))


def _resize_rows(backend: Any, weights: Any, images: Any) -> Any:
    """Resizes the first axis of each image, and swaps it with the second: twice that, and both are resized, in place.

    The other axes are flattened into one: a product with matrices as narrow as the channels took 15 times as long.
    """
    ops = backend.numpy
    batch, height, width, channels = backend.shape(images)
    resized = ops.matmul(weights, ops.reshape(images, (batch, height, width * channels)))
    return ops.transpose(ops.reshape(resized, (batch, weights.shape[1], width, channels)), (0, 2, 1, 3))


def _one_call_resizes(backend: Any, window: CropWindow, plain: bool) -> bool:
    """Whether the backend's resizing is the way: one size for all, and an operation that compiles.

    TensorFlow's bicubic and antialiased resizing do not compile under XLA, and PyTorch's bicubic kernel is another one. So
    products with matrices take their place, except in pipelines whose images have sizes that nobody knows before: those
    are never compiled, and for large photographs matrices would cost several times as much.
    """
    if all(isinstance(length, int) for length in window.resized):
        return plain
    return backend.name == "tensorflow" and all(_is_scalar(length) for length in window.resized)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, int) or len(value.shape) == 0


def _pixels(backend: Any, window: CropWindow, axis: int) -> Any:
    """The rows (axis 0) or columns (axis 1) of the resized images that the window shows: `(batch or 1, length)`."""
    start = backend.cast(backend.convert_to_tensor(window.start[axis]), "int32")
    return backend.numpy.reshape(start, (-1, 1)) + backend.numpy.arange(window.size[axis], dtype="int32")


def _nearest(backend: Any, window: CropWindow, axis: int) -> Any:
    """The pixels of the source in which the centres of the window's pixels lie.

    In whole numbers: floats would choose other neighbours from backend to backend.
    """
    source = window.source[axis]
    resized = backend.cast(backend.convert_to_tensor(window.resized[axis]), "int32")
    return ((2 * _pixels(backend, window, axis) + 1) * source) // backend.numpy.reshape(2 * resized, (-1, 1))


def _cut(backend: Any, images: Any, window: CropWindow) -> Any:
    """The window of images that are resized already."""
    if not all(_is_scalar(start) for start in window.start):
        return pick_pixels(backend, images, *(_pixels(backend, window, axis) for axis in (0, 1)))
    batch, _, _, channels = backend.shape(images)
    return backend.core.slice(images, (0, *window.start, 0), (batch, *window.size, channels))
