"""Bounds that shrink with the number of inputs."""

import re

import keras
import numpy as np
import pytest

from keras_tips.initializers import FanInUniform

pytestmark = pytest.mark.backend


@pytest.mark.parametrize("power", [0, 0.5, 1.0, 2])
@pytest.mark.parametrize("shape, inputs", [((50, 80), 50), ((3, 3, 5, 90), 45), ((4000,), 4000)])
def test_fills_the_interval_uniformly(power, shape, inputs):
    values = np.array(FanInUniform(power, seed=0)(shape))
    bound = inputs**-power
    assert values.shape == shape
    assert 0.99 * bound < values.max() <= bound
    assert -bound <= values.min() < -0.99 * bound
    np.testing.assert_allclose(values.std(), bound / np.sqrt(3), rtol=0.03)
    assert abs(values.mean()) < 0.05 * bound


def test_half_power_is_the_variance_that_keras_scales_to():
    theirs = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=4)
    np.testing.assert_allclose(FanInUniform(0.5, seed=4)((7, 5)), theirs((7, 5)), rtol=1e-5)


def test_a_layer_that_knows_its_inputs_better_tells_them():
    layer = keras.layers.EinsumDense("abc,cde->abde", output_shape=(None, 30, 40), kernel_initializer=FanInUniform(seed=0))
    layer.build((None, 6, 10))
    assert 0.09 < np.abs(np.array(layer.get_weights()[0])).max() <= 0.1  # ten inputs, not 300


def test_seeds():
    first, again, other = (np.array(FanInUniform(seed=seed)((4, 4))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()


def test_config_is_whole():
    arguments = {"power": 0.5, "seed": 3, "input_axes": [0], "output_axes": [1]}
    initializer = FanInUniform(**arguments)
    assert initializer.get_config() == arguments
    again = keras.initializers.deserialize(keras.initializers.serialize(initializer))
    assert isinstance(again, FanInUniform)
    np.testing.assert_array_equal(again((4, 4)), initializer((4, 4)))


def test_goes_through_a_file(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, kernel_initializer=FanInUniform(2.0))])
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").layers[-1].kernel_initializer.power == 2.0


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"power": -1}, "Invalid `power`. Expected a number in [0, inf). Received: power=-1."),
        ({"power": float("nan")}, "power=nan"),
        ({"power": "1"}, "power='1'"),
        ({"seed": True}, "seed=True"),
        ({"seed": "one"}, "seed=one"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        FanInUniform(**arguments)
