"""What the backend itself cannot do, which is no fault of the layer."""

import keras

__all__ = ["lacking"]

# What backends say of operations that they have for other numbers, other devices or the other format of images only.
SENTENCES = {
    "tensorflow": ("Could not find device for node", "supports the NHWC", "supports NHWC", "supported for NHWC"),
    "torch": ("not implemented for 'Half'", "not implemented for 'BFloat16'", "not implemented for 'Double'"),
}


def lacking(error: Exception) -> str | None:
    """Returns the reason where `error` says that the backend lacks an operation, else None.

    >>> lacking(ValueError("the shapes do not fit")) is None
    True
    """
    backend = keras.backend.backend()
    text = str(error)
    if any(sentence in text for sentence in SENTENCES.get(backend, ())):
        return f"{backend} lacks an operation for these numbers or this format on this device"
    return None
