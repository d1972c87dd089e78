"""The penalty with any exponent, against NumPy and against Keras's own for 1 and 2."""

import re

import keras
import numpy as np
import pytest

from keras_tips.regularizers import Lp

pytestmark = pytest.mark.backend

WEIGHTS = np.array([[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]], "float32")


def pull(regularizer, weights):
    """The derivative of the penalty, by one step of plain gradient descent on a model with no other gradient."""
    layer = keras.layers.Dense(weights.shape[1], use_bias=False, kernel_regularizer=regularizer)
    model = keras.Sequential([keras.Input((weights.shape[0],)), layer])
    layer.set_weights([weights])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    model.train_on_batch(np.zeros((1, weights.shape[0])), np.zeros((1, weights.shape[1])))
    return weights - np.array(layer.get_weights()[0])


@pytest.mark.parametrize("p", [0.1, 0.5, 1.0, 1.5, 2, 3.0])
def test_is_the_sum_of_powers_without_root_and_one_half(p):
    np.testing.assert_allclose(Lp(p, 0.3)(WEIGHTS), 0.3 * np.sum(np.abs(WEIGHTS) ** p), rtol=1e-6)


@pytest.mark.parametrize("p, theirs", [(1, keras.regularizers.L1(0.3)), (2, keras.regularizers.L2(0.3))])
def test_equals_keras_for_one_and_two(p, theirs):
    np.testing.assert_allclose(Lp(p, 0.3)(WEIGHTS), theirs(WEIGHTS), rtol=1e-6)


@pytest.mark.parametrize("p", [0.1, 0.5, 1.0, 1.5, 2, 3.0])
def test_pulls_towards_zero_and_rests_there(p):
    size = np.where(WEIGHTS == 0, 1.0, np.abs(WEIGHTS))
    expected = np.sign(WEIGHTS) * 0.3 * p * size ** (p - 1)
    np.testing.assert_allclose(pull(Lp(p, 0.3), WEIGHTS), expected, atol=2e-6)


def test_keeps_half_precision():
    assert keras.backend.standardize_dtype(Lp(1.5, 0.3)(keras.ops.ones((2, 2), dtype="float16")).dtype) == "float16"


def test_config_is_whole_and_goes_through_a_file(tmp_path):
    assert Lp(3, 0.5).get_config() == {"p": 3.0, "strength": 0.5}
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, kernel_regularizer=Lp(p=3, strength=0.5))])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[-1].kernel_regularizer
    assert isinstance(loaded, Lp)
    assert loaded.get_config() == {"p": 3.0, "strength": 0.5}


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ((0, 1), "Invalid `p`. Expected a number in (0, inf). Received: p=0."),
        ((float("nan"), 1), "p=nan"),
        ((float("inf"), 1), "p=inf"),
        (("2", 1), "p='2'"),
        ((True, 1), "p=True"),
        ((2, -0.1), "Invalid `strength`. Expected a number in [0, inf). Received: strength=-0.1."),
        ((2, None), "strength=None"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Lp(*arguments)
