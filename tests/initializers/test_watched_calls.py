"""Stepping into the calls of layers, and leaving no trace."""

import keras
import numpy as np
import pytest

from keras_tips.initializers.watched_calls import watched_calls, without_activation

pytestmark = pytest.mark.backend

X = np.ones((2, 3), "float32")


def array(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


def test_each_call_passes_in_the_order_of_the_data():
    first, second = keras.layers.Dense(3, name="first"), keras.layers.Dense(3, name="second")
    model = keras.Sequential([keras.Input((3,)), first, second, first])
    expected, seen = array(model(X)), []

    def watch(layer, call):
        seen.append(layer.name)
        return call()

    with watched_calls([second, first], watch):
        np.testing.assert_array_equal(array(model(X)), expected)
    assert seen == ["first", "second", "first"]
    model(X)
    assert len(seen) == 3
    assert "call" not in vars(first)


def test_the_result_of_watching_goes_on():
    model = keras.Sequential([keras.Input((3,)), keras.layers.ReLU(), keras.layers.Rescaling(2.0)])
    with watched_calls(model.layers[:1], lambda layer, call: call() + 1.0):
        np.testing.assert_array_equal(array(model(X)), np.full((2, 3), 4.0))


def test_keeps_a_call_that_was_set_before():
    layer = keras.layers.ReLU()
    mine = layer.call = lambda x: x + 5.0
    with watched_calls([layer], lambda layer, call: call()):
        np.testing.assert_array_equal(array(layer(X)), X + 5)
    assert layer.call is mine


@pytest.mark.parametrize("activation", ["relu", keras.activations.tanh, "layer"])
def test_the_activation_is_set_aside_and_put_back_on_failure_too(activation):
    if activation == "layer":
        activation = keras.layers.LeakyReLU()
    layer = keras.layers.Dense(4, activation, kernel_initializer=keras.initializers.Constant(-1.0))
    model = keras.Sequential([keras.Input((3,)), layer])
    before, own = array(model(X)), layer.activation
    with without_activation(layer):
        np.testing.assert_array_equal(array(model(X)), np.full((2, 4), -3.0))
    assert layer.activation is own
    with pytest.raises(KeyError), without_activation(layer):
        raise KeyError
    assert layer.activation is own
    np.testing.assert_array_equal(array(model(X)), before)


def test_a_layer_without_an_activation_is_left_alone():
    layer = keras.layers.Flatten()
    with without_activation(layer):
        assert "activation" not in vars(layer)
    assert "activation" not in vars(layer)
