"""The variance by the formula, and what it is for: signals of equal size through many maxout layers."""

import re

import keras
import numpy as np
import pytest

from keras_tips.initializers import MaxoutInitializer
from keras_tips.initializers.maximum_moment import maximum_moment
from keras_tips.layers import Maxout, MaxoutDense

pytestmark = pytest.mark.backend

DISTRIBUTIONS = ["truncated_normal", "untruncated_normal", "uniform"]


def array(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("pieces", [1, 2, 4])
@pytest.mark.parametrize("shape, inputs", [((150, 200), 150), ((3, 3, 20, 150), 180)])
def test_the_variance_is_the_formula(shape, inputs, pieces, distribution):
    values = array(MaxoutInitializer(pieces, distribution, seed=0)(shape))
    assert values.shape == shape
    np.testing.assert_allclose(values.var(), 1 / (inputs * maximum_moment(pieces)), rtol=0.03)


def test_the_distributions_have_their_shapes():
    truncated, untruncated, uniform = (np.abs(array(MaxoutInitializer(2, name, seed=0)((100, 100)))) for name in DISTRIBUTIONS)
    assert truncated.max() <= 2 * 0.1 / 0.87
    assert untruncated.max() > 0.3
    assert 0.99 * 0.1 * np.sqrt(3) < uniform.max() <= 0.1 * np.sqrt(3)


@pytest.mark.parametrize("pieces", [1, 2])
def test_up_to_two_pieces_it_is_keras_own(pieces):
    theirs = keras.initializers.LecunNormal(seed=3)
    np.testing.assert_allclose(array(MaxoutInitializer(pieces, seed=3)((6, 5))), array(theirs((6, 5))), rtol=1e-6)


@pytest.mark.parametrize("pieces", [2, 3, 5])
def test_signals_keep_their_size_through_twenty_layers(pieces):
    x = np.random.default_rng(0).normal(size=(32, 128)).astype("float32")
    by_name = {}
    for name, initializer in {"own": MaxoutInitializer(pieces, seed=1), "he": keras.initializers.HeNormal(seed=1)}.items():
        signal = x
        for number in range(20):
            draw = type(initializer).from_config({**initializer.get_config(), "seed": number})
            signal = MaxoutDense(128, pieces=pieces, kernel_initializer=draw)(signal)
        by_name[name] = np.mean(array(signal) ** 2)
    assert 1 / 3 < by_name["own"] < 3
    assert by_name["he"] > (1.5 * maximum_moment(pieces)) ** 20


def test_serves_a_linear_layer_followed_by_maxout_as_well():
    x = np.random.default_rng(0).normal(size=(64, 200)).astype("float32")
    wide = keras.layers.Dense(200 * 4, kernel_initializer=MaxoutInitializer(4, seed=0))
    np.testing.assert_allclose(np.mean(array(Maxout(4)(wide(x))) ** 2), 1.0, rtol=0.1)


def test_a_layer_that_knows_its_inputs_better_tells_them():
    layer = keras.layers.EinsumDense(
        "abc,cde->abde", output_shape=(None, 30, 40), kernel_initializer=MaxoutInitializer(4, seed=0)
    )
    layer.build((None, 6, 10))
    np.testing.assert_allclose(array(layer.kernel).var(), 1 / (10 * maximum_moment(4)), rtol=0.05)


def test_seeds():
    first, again, other = (array(MaxoutInitializer(seed=seed)((4, 4))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_config_is_whole(distribution):
    arguments = {"pieces": 5, "distribution": distribution, "seed": 3, "input_axes": [0], "output_axes": [1]}
    initializer = MaxoutInitializer(**arguments)
    assert initializer.get_config() == arguments
    again = keras.initializers.deserialize(keras.initializers.serialize(initializer))
    assert isinstance(again, MaxoutInitializer)
    np.testing.assert_array_equal(array(again((4, 4))), array(initializer((4, 4))))
    assert MaxoutInitializer(5, "normal").get_config()["distribution"] == "truncated_normal"


def test_goes_through_a_file(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, kernel_initializer=MaxoutInitializer(7))])
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").layers[-1].kernel_initializer.pieces == 7


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"pieces": 0}, "Invalid `pieces`. Expected a whole number of at least 1. Received: pieces=0."),
        ({"pieces": 2.0}, "pieces=2.0"),
        ({"pieces": True}, "pieces=True"),
        ({"pieces": float("nan")}, "pieces=nan"),
        ({"distribution": "unifrom"}, "distribution='unifrom'. Did you mean 'uniform'?"),
        ({"distribution": None}, "distribution=None"),
        ({"seed": True}, "seed=True"),
        ({"seed": "one"}, "seed=one"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        MaxoutInitializer(**arguments)
