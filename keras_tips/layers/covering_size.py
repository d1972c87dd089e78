"""The size of an image that just covers a frame."""

from typing import Any

__all__ = ["covering_size"]


def covering_size(backend: Any, frame: tuple[Any, Any], source: tuple[Any, Any]) -> tuple[Any, Any]:
    """Returns the smallest height and width that keep the source's aspect ratio and cover the frame.

    With s for `max(height / source_height, width / source_width)`: `round(s * source_height), round(s * source_width)`,
    halves rounded up. One of the two is the frame's, the other is at least the frame's. A frame with equal sides s gives the
    size whose shortest side is s.

    >>> covering_size(None, (224, 224), (375, 500))
    (224, 299)

    Args:
        backend: a Keras backend, such as `self.backend` of an `ImageLayer`; not used where all sizes are Python's integers.
        frame: height and width in pixels: integers, or int32 tensors of one frame per image.
        source: height and width in pixels: integers, or int32 tensors.

    Returns:
        Two integers where all sizes are integers, else two int32 tensors.
    """
    (height, width), (source_height, source_width) = frame, source
    return (
        _larger(backend, height, _rounded_ratio(source_height * width, source_width)),
        _larger(backend, width, _rounded_ratio(source_width * height, source_height)),
    )


def _rounded_ratio(numerator: Any, denominator: Any) -> Any:
    """Whole numbers alone: floats would round differently from backend to backend."""
    return (2 * numerator + denominator) // (2 * denominator)


def _larger(backend: Any, first: Any, second: Any) -> Any:
    both_known = isinstance(first, int) and isinstance(second, int)
    return max(first, second) if both_known else backend.numpy.maximum(first, second)
