"""Bounds and deviations against the formulas, and what they are for: keeping the variance."""

import re

import keras
import numpy as np
import pytest

from keras_tips.initializers import GlorotForActivation

pytestmark = pytest.mark.backend

INPUTS, OUTPUTS = 120, 200
BOUNDS = {
    "linear": np.sqrt(6 / (INPUTS + OUTPUTS)),
    "tanh": np.sqrt(6 / (INPUTS + OUTPUTS)),
    "sigmoid": 4 * np.sqrt(6 / (INPUTS + OUTPUTS)),
    "relu": np.sqrt(6 / INPUTS),
}


@pytest.mark.parametrize("activation", BOUNDS)
def test_uniform_weights_fill_the_bounds(activation):
    values = np.array(GlorotForActivation(activation, seed=0)((INPUTS, OUTPUTS)))
    assert 0.99 * BOUNDS[activation] < values.max() <= BOUNDS[activation]
    assert -BOUNDS[activation] <= values.min() < -0.99 * BOUNDS[activation]


@pytest.mark.parametrize("activation", BOUNDS)
def test_normal_weights_have_the_same_deviation(activation):
    values = np.array(GlorotForActivation(activation, "normal", seed=0)((INPUTS, OUTPUTS)))
    np.testing.assert_allclose(values.std(), BOUNDS[activation] / np.sqrt(3), rtol=0.02)


@pytest.mark.parametrize(
    "activation, theirs", [("tanh", keras.initializers.GlorotUniform(seed=2)), ("relu", keras.initializers.HeUniform(seed=2))]
)
def test_equals_keras_where_keras_has_it(activation, theirs):
    np.testing.assert_allclose(GlorotForActivation(activation, seed=2)((3, 5)), theirs((3, 5)), rtol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_a_small_signal_keeps_its_variance_in_a_layer_of_equal_width(activation):
    layer = keras.layers.Dense(500, activation, kernel_initializer=GlorotForActivation(activation, seed=0))
    x = np.random.default_rng(0).normal(scale=0.01, size=(200, 500)).astype("float32")
    np.testing.assert_allclose(np.std(keras.ops.convert_to_numpy(layer(x))), 0.01, rtol=0.05)


def test_takes_the_function_of_keras_for_its_name():
    assert GlorotForActivation(keras.activations.sigmoid).activation == "sigmoid"


def test_a_layer_that_knows_its_inputs_better_tells_them():
    initializer = GlorotForActivation("relu", seed=0)
    layer = keras.layers.EinsumDense("abc,cde->abde", output_shape=(None, 30, 40), kernel_initializer=initializer)
    layer.build((None, 6, 10))
    bound = np.sqrt(6 / 10)
    assert 0.99 * bound < np.abs(np.array(layer.get_weights()[0])).max() <= bound


def test_seeds():
    first, again, other = (np.array(GlorotForActivation("tanh", seed=seed)((4, 4))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_config_is_whole(distribution):
    arguments = {"activation": "sigmoid", "distribution": distribution, "seed": 3, "input_axes": [0], "output_axes": [1]}
    initializer = GlorotForActivation(**arguments)
    assert initializer.get_config() == arguments
    again = keras.initializers.deserialize(keras.initializers.serialize(initializer))
    assert isinstance(again, GlorotForActivation)
    np.testing.assert_array_equal(again((4, 4)), initializer((4, 4)))


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"activation": "sigmoyd"}, "Received: activation='sigmoyd'. Did you mean 'sigmoid'?"),
        ({"activation": None}, "activation=None"),
        ({"activation": 3}, "activation=3"),
        ({"activation": "tanh", "distribution": "unifrom"}, "distribution='unifrom'. Did you mean 'uniform'?"),
        ({"activation": "tanh", "seed": False}, "seed=False"),
        ({"activation": "tanh", "seed": 1.5}, "seed=1.5"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        GlorotForActivation(**arguments)
