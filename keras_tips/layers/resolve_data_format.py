"""Where the channels of images are."""

from typing import Any

import keras

from keras_tips._base.arguments import check_choice

__all__ = ["resolve_data_format"]


def resolve_data_format(data_format: Any) -> str:
    """Returns `data_format`, or Keras's setting for None.

    >>> resolve_data_format("channels_first")
    'channels_first'

    Raises:
        ValueError: it is neither `"channels_last"`, `"channels_first"` nor None.
    """
    given = keras.config.image_data_format() if data_format is None else data_format
    return check_choice("data_format", given, ("channels_last", "channels_first"))
