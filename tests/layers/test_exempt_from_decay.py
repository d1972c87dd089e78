"""Slopes stay out of weight decay: with every way Keras has of decaying weights, and only they."""

import keras
import numpy as np
import pytest

from keras_tips.layers import PReLU

pytestmark = pytest.mark.backend


def train(optimizer, model=None, **compile_arguments):
    """Two steps without a gradient, so that decay alone moves weights; returns alpha, kernel, bias."""
    if model is None:
        model = keras.Sequential([keras.Input((3,)), *layers()])
    model.compile(optimizer=optimizer, loss="mse", **compile_arguments)
    model.fit(np.zeros((8, 3)), np.zeros((8, 1)), batch_size=4, epochs=1, verbose=0)
    return model.get_weights()


def layers():
    head = keras.layers.Dense(1, kernel_initializer="ones")
    return PReLU(alpha_initializer="ones"), head


class Subclassed(keras.Model):
    """A model whose layers Keras does not see before they are called."""

    def __init__(self):
        super().__init__()
        self.slopes, self.head = layers()

    def call(self, inputs):
        return self.head(self.slopes(inputs))


def nested():
    inner = keras.Sequential([keras.Input((3,)), PReLU(alpha_initializer="ones")])
    return keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1, kernel_initializer="ones")])


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.optimizers.SGD(0.5, weight_decay=0.5),
        lambda: keras.optimizers.AdamW(0.5, weight_decay=0.5),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5, weight_decay=0.5), initial_scale=1.0),
        lambda: keras.optimizers.MultiOptimizer(
            keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.5, weight_decay=0.5), {"none": keras.optimizers.Adam()})
        ),
    ],
    ids=["sgd", "adamw", "loss_scale", "several"],
)
@pytest.mark.parametrize("model", [lambda: None, Subclassed, nested], ids=["sequential", "subclassed", "nested"])
def test_decay_spares_the_slopes_and_nothing_else(make, model):
    alpha, kernel, _ = train(make(), model())
    np.testing.assert_array_equal(alpha, 1.0)
    np.testing.assert_allclose(kernel, 0.75**2, rtol=1e-5)  # each step takes 0.5 * 0.5 of it


def test_step_by_step_and_after_loading(tmp_path):
    model = keras.Sequential([keras.Input((3,)), *layers()])
    model.compile(keras.optimizers.SGD(0.5, weight_decay=0.5), "mse", run_eagerly=True)
    model.train_on_batch(np.zeros((4, 3)), np.zeros((4, 1)))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    loaded.fit(np.zeros((4, 3)), np.zeros((4, 1)), verbose=0)
    np.testing.assert_array_equal(loaded.get_weights()[0], 1.0)
    np.testing.assert_allclose(loaded.get_weights()[1], 0.75**2, rtol=1e-6)


def test_what_else_was_exempt_stays_exempt():
    model = keras.Sequential([keras.Input((3,)), *layers()])
    optimizer = keras.optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[model.layers[1].kernel])
    alpha, kernel, _ = train(optimizer, model)
    np.testing.assert_array_equal(alpha, 1.0)
    np.testing.assert_array_equal(kernel, 1.0)


def test_without_decay_nothing_is_written_on_the_optimizer():
    optimizer = keras.optimizers.SGD(0.5)
    train(optimizer)
    assert not getattr(optimizer, "_exclude_from_weight_decay", None)
