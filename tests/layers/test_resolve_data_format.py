"""Which axis holds the channels."""

import keras
import pytest

from keras_tips.layers.resolve_data_format import resolve_data_format


def test_none_is_the_setting_of_keras():
    before = keras.config.image_data_format()
    try:
        for setting in ("channels_first", "channels_last"):
            keras.config.set_image_data_format(setting)
            assert resolve_data_format(None) == setting
            assert resolve_data_format("channels_first") == "channels_first"
    finally:
        keras.config.set_image_data_format(before)


def test_refuses_what_is_no_format():
    with pytest.raises(ValueError, match=r"data_format='channel_last'\. Did you mean 'channels_last'\?"):
        resolve_data_format("channel_last")
