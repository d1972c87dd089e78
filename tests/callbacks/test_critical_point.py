"""Gradient and curvature at the end of training: against formulas, and without a trace."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tips.callbacks.critical_point import critical_point
from keras_tips.callbacks.rows import Rows
from keras_tips.probes.model_facts import model_facts

pytestmark = pytest.mark.backend
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).astype("float32")
Y = (X @ np.array([[1.0], [2.0], [-1.0]])).astype("float32")


def compiled(*parts, loss="mse"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), *parts])
    model.compile("adam", loss)
    return model


def measured(model, rows=None, seconds=600.0, **more):
    return critical_point(model, model_facts(model)["outputs"], rows or Rows(X, Y), 32, seconds, **more)


def test_a_linear_model_has_the_hessian_of_least_squares():
    model = compiled(layers.Dense(1))
    table = np.c_[X, np.ones(60)]
    start = np.r_[ops.convert_to_numpy(model.layers[0].kernel)[:, 0], 0.0]
    found = measured(model)
    rest = table @ start - Y[:, 0]
    values = np.linalg.eigvalsh(2 * table.T @ table / 60)
    assert found["loss"] == pytest.approx(np.mean(rest**2), rel=1e-5)
    assert found["gradient_norm"] == pytest.approx(np.linalg.norm(2 * table.T @ rest / 60), rel=1e-5)
    assert found["weight_norm"] == pytest.approx(np.linalg.norm(start), rel=1e-5)
    assert found["largest_curvature"] == pytest.approx(values[-1], rel=0.02)
    assert found["smallest_curvature"] == pytest.approx(values[0], rel=0.02)


def test_two_linear_layers_at_zero_are_a_saddle():
    """There the loss curves by plus and minus twice the singular value of the inputs' covariance with the targets."""
    model = compiled(layers.Dense(4, kernel_initializer="zeros", use_bias=False), layers.Dense(1, "linear", False, "zeros"))
    found, slope = measured(model), np.linalg.norm(2 * X.T @ Y / 60)
    assert found["gradient_norm"] == 0.0
    assert found["largest_curvature"] == pytest.approx(slope, rel=0.02)
    assert found["smallest_curvature"] == pytest.approx(-slope, rel=0.02)


def test_penalties_and_dropout_do_not_count():
    plain = compiled(layers.Dense(4, "tanh"), layers.Dense(1))
    other = compiled(layers.Dense(4, "tanh", kernel_regularizer="l2"), layers.Dropout(0.5), layers.Dense(1))
    other.set_weights(plain.get_weights())
    assert measured(other) == pytest.approx(measured(plain), rel=1e-4)


class Restless(layers.Layer):
    """Draws and counts at inference too."""

    def __init__(self):
        super().__init__()
        self.seeded = keras.random.SeedGenerator(1)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.calls.assign(self.calls + 1.0)
        return inputs + keras.random.normal((1,), seed=self.seeded) + random.random() + np.random.random()


def test_nothing_is_changed():
    model = compiled(layers.Dense(4, "relu"), layers.BatchNormalization(), Restless(), layers.Dense(2, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    rows = Rows(X, (Y[:, 0] > 0).astype("int64"))
    model.fit(rows.x, rows.y, verbose=0)
    random.seed(1)
    np.random.seed(1)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before = [np.array(ops.convert_to_numpy(each)) for each in variables]
    states = random.getstate(), np.random.get_state()[1].tolist()
    assert measured(model, rows) is not None
    assert all(np.array_equal(old, ops.convert_to_numpy(new)) for old, new in zip(before, variables, strict=True))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states


def test_when_there_is_no_result():
    model = compiled(layers.Dense(1))
    assert measured(model, seconds=0.0) is None
    assert measured(model, Rows(X)) is None
    assert measured(model, expected=1e9) is None  # somebody has changed the weights since
    model.trainable = False
    assert measured(model) is None
