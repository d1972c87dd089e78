"""What a network gives to some rows: the same however it is run, and nobody's afterwards."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tips.callbacks.view import minds_training, view
from keras_tips.callbacks.watched_layers import place_of

pytestmark = pytest.mark.backend
X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")


def compiled(*parts, **options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), *parts])
    model.compile("sgd", "mse", **options)
    return model


def of(found, layer):
    return found.layers[place_of(layer)].outputs


def alike(found, expected):
    assert found.layers.keys() == expected.layers.keys()
    pairs = [(step.outputs, expected.layers[path].outputs) for path, step in found.layers.items()]
    for ours, theirs in [*pairs, *zip(found.predictions, expected.predictions, strict=True)]:
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("room", [0, 7, 20, 50])
def test_equals_one_layer_after_another(training, room):
    parts = layers.Dense(6, "relu"), layers.Dropout(0.5, seed=1), layers.BatchNormalization(), layers.Dense(3)
    model = compiled(*parts, run_eagerly=True)
    expected = view(model, X, training)
    model.compile("sgd", "mse")
    found = view(model, X, training, room)
    alike(found, expected)
    assert [len(step.outputs) for step in found.layers.values()] == [20] * 4
    assert found.layers[model.layers[0].path].activation == "relu"
    np.testing.assert_allclose(of(found, model.layers[0]), np.maximum(X @ parts[0].get_weights()[0], 0), atol=1e-5)


def test_of_repeated_rows_only_those_asked_for():
    class Twice(layers.Layer):
        def call(self, x):
            return ops.reshape(x, (-1, 2))

    class ForAll(layers.Layer):
        def call(self, x):
            return ops.ones((1, 3))

    inputs = keras.Input((4,))
    twice, for_all = Twice(name="twice"), ForAll(name="for_all")
    model = keras.Model(inputs, [twice(inputs), for_all(inputs)])
    model.compile("sgd", "mse")
    found = view(model, X, False, room=50)
    np.testing.assert_array_equal(of(found, twice), X.reshape(-1, 2))
    np.testing.assert_array_equal(of(found, for_all), np.ones((1, 3)))


def test_what_is_compiled_once_serves_all_looks_of_a_trained_network():
    calls = []

    class Counted(layers.Layer):
        def call(self, x):
            calls.append(1)
            return x + 1

    model = compiled(Counted(name="counted"), layers.Dense(1))
    model.fit(X, X[:, :1], verbose=0)
    views = [view(model, X[:rows], False, room=20) for rows in (20, 5)]
    model.layers[1].set_weights([np.ones((4, 1)), np.zeros(1)])
    before = len(calls)
    again = view(model, X, False, room=20)
    np.testing.assert_allclose(again.predictions[0], (X + 1).sum(1, keepdims=True), rtol=1e-5, atol=1e-5)  # with weights of now
    np.testing.assert_allclose(views[1].predictions[0], views[0].predictions[0][:5], rtol=1e-5)
    assert len(calls) - before == (0 if keras.backend.backend() == "jax" else 1)


def test_a_network_that_cannot_be_compiled_is_called_all_the_same():
    class OnTheHost(layers.Layer):
        def call(self, x):
            return ops.convert_to_tensor(np.asarray(ops.convert_to_numpy(x)) + 1)

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    model = compiled(OnTheHost(name="host"), layers.Dense(1))
    np.testing.assert_allclose(of(view(model, X, False, room=50), model.layers[0]), X + 1, rtol=1e-6)


def test_training_goes_on_and_what_was_seen_stays():
    class Its(layers.Layer):
        def build(self, shape):
            self.weight = self.add_weight(shape=(20, 4), initializer="ones", name="weight")

        def call(self, x):
            return ops.convert_to_tensor(self.weight)

    model = compiled(Its(name="its"))
    found = view(model, X, False)
    model.fit(X, 9 * X, batch_size=20, verbose=0)
    np.testing.assert_array_equal(of(found, model.layers[0]), np.ones((20, 4)))
    assert not np.allclose(of(view(model, X, False), model.layers[0]), 1)


@pytest.mark.parametrize(
    "part, minds",
    [
        (layers.Dense(2), False),
        (layers.Conv1D(2, 1), False),
        (keras.Sequential([keras.Input((4,)), layers.Dense(2)]), False),
        (layers.Dropout(0.0), True),
        (layers.BatchNormalization(), True),
        (keras.Sequential([keras.Input((4,)), layers.Dropout(0.1)]), True),
    ],
    ids=lambda each: type(each).__name__,
)
def test_who_minds_training(part, minds):
    assert minds_training(keras.Sequential([part])) is minds


def test_a_model_with_a_call_of_its_own_may_mind_training():
    class Own(keras.Model):
        def call(self, x, training=False):
            return x if training else 2 * x

    class OwnDense(layers.Dense):
        def call(self, x, training=False):
            return super().call(x) * (2 if training else 1)

    assert minds_training(Own())
    assert minds_training(keras.Sequential([OwnDense(2)]))
