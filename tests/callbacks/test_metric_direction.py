"""The better direction of a metric is the one that Keras's own callbacks take."""

import keras
import numpy as np
import pytest

from keras_tips.callbacks.metric_direction import metric_direction


@keras.saving.register_keras_serializable("tests")
class Odd(keras.metrics.Mean):
    def update_state(self, y, y_pred, sample_weight=None):
        super().update_state(y_pred)


@pytest.fixture(scope="module")
def model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", "mean_absolute_error", Odd(name="odd")], run_eagerly=True)
    model.fit(np.ones((2, 1)), np.ones((2, 1)), verbose=0)
    return model


@pytest.mark.parametrize(
    "monitor, direction",
    [("loss", "min"), ("val_loss", "min"), ("accuracy", "max"), ("val_accuracy", "max"), ("val_mean_absolute_error", "min")],
)
def test_known(model, monitor, direction):
    assert metric_direction(model, monitor) == direction
    assert not model.stop_training


def test_unknown(model):
    with pytest.raises(ValueError, match=r"mode='min' or mode='max' beside it\. Received: monitor='val_odd'"):
        metric_direction(model, "val_odd")
    with pytest.raises(ValueError, match=r"Did you mean 'val_loss'\?"):
        metric_direction(model, "val_los", ["loss", "val_loss", "val_los"])


def test_a_loss_of_one_output_is_to_fall(model):
    assert metric_direction(model, "val_second_loss") == "min"
