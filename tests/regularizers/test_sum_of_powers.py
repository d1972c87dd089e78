"""Values and derivatives of the sum of powers, at 0 above all."""

import keras
import numpy as np
import pytest

from keras_tips.regularizers.sum_of_powers import sum_of_powers

pytestmark = pytest.mark.backend

POWERS = [0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
X = np.array([[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]], "float32")


def derivative(x, p):
    """By one step of plain gradient descent on a model whose outputs are its weights."""
    layer = keras.layers.Dense(x.shape[1], use_bias=False, kernel_regularizer=lambda w: sum_of_powers(w, p))
    model = keras.Sequential([keras.Input((x.shape[0],)), layer])
    layer.set_weights([x])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
    model.train_on_batch(np.zeros((1, x.shape[0])), np.zeros((1, x.shape[1])))
    return x - np.array(layer.get_weights()[0])


@pytest.mark.parametrize("p", POWERS)
def test_equals_numpy(p):
    np.testing.assert_allclose(float(sum_of_powers(keras.ops.array(X), p)), np.sum(np.abs(X) ** p), rtol=1e-6)


@pytest.mark.parametrize("p", POWERS)
def test_derivative_is_zero_at_zero_and_the_formula_elsewhere(p):
    size = np.where(X == 0, 1.0, np.abs(X))
    np.testing.assert_allclose(derivative(X, p), np.sign(X) * p * size ** (p - 1), atol=2e-6)


@pytest.mark.parametrize("p", POWERS)
def test_keeps_half_precision(p):
    x = keras.ops.ones((2, 2), dtype="bfloat16")
    assert keras.backend.standardize_dtype(sum_of_powers(x, p).dtype) == "bfloat16"
