"""Keras's harness outside of a test suite."""

import keras
import pytest

from keras_tips.testing.run_layer_test import run_layer_test

pytestmark = pytest.mark.backend


def test_passes_and_fails_as_it_does_with_keras():
    arguments = {"input_shape": (2, 3), "expected_output_shape": (2, 4), "expected_num_trainable_weights": 2}
    run_layer_test(keras.layers.Dense, {"units": 4}, **arguments)
    with pytest.raises(AssertionError, match="Unexpected number of trainable_weights"):
        run_layer_test(keras.layers.Dense, {"units": 4, "use_bias": False}, **arguments)


def test_the_session_stays():
    """Keras's own `setUp` would begin to count names anew."""
    names = [keras.layers.Dense(1).name for _ in range(100)]  # more than the harness makes
    run_layer_test(keras.layers.Dense, {"units": 4}, input_shape=(2, 3))
    assert keras.layers.Dense(1).name not in names
