"""One batch alone: what a network can learn of it, and that the network itself is left alone."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tips.callbacks import one_batch as module
from keras_tips.callbacks.one_batch import one_batch
from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.unlearned_copy import unlearned_copy
from keras_tips.probes.model_facts import model_facts

pytestmark = pytest.mark.backend
RNG = np.random.default_rng(0)
X = RNG.normal(size=(100, 6)).astype("float32")
Y = RNG.integers(0, 10, size=100)


def compiled(*parts, loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), *parts])
    model.compile("adam", loss)
    return model


def learned(model, rows=None, seconds=600.0):
    return one_batch(model, model_facts(model)["outputs"], rows or Rows(X, Y), 32, seconds)


def test_a_wide_network_learns_a_batch_and_a_narrow_one_does_not():
    wide = learned(compiled(layers.Dense(64, "relu"), layers.Dense(10, "softmax")))
    assert wide["rows"] == 32
    assert wide["score"] > 0.9
    assert wide["steps"] < module.STEPS
    assert wide["last_loss"] < wide["first_loss"]
    narrow = learned(compiled(layers.Dense(1, "relu"), layers.Dense(10, "softmax")))
    assert narrow["score"] < 0.5


def test_rare_classes_are_not_rare_in_the_batch():
    """Where a constant knows 97 % of the rows, a batch of 32 as they come could be "learned" without a look at the inputs."""
    rare = (np.arange(100) % 33 == 5).astype(int)
    found = learned(compiled(layers.Dense(64, "relu"), layers.Dense(1, "sigmoid"), loss="binary_crossentropy"), Rows(X, rare))
    assert found["constant"] == pytest.approx(29 / 32)
    assert found["score"] == 1.0
    many = learned(
        compiled(layers.Dense(64, "relu"), layers.Dense(10, "softmax")), Rows(X, np.repeat(np.arange(4), [70, 10, 10, 10]))
    )
    assert many["constant"] == pytest.approx(8 / 32)


def test_dropout_and_penalties_do_not_hide_what_a_network_can():
    parts = layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(10, "softmax")
    model = compiled(layers.Dense(128, "relu", kernel_regularizer=keras.regularizers.L2(10.0)), *parts)
    assert learned(model)["score"] > 0.8


def test_amounts_and_small_batches():
    model = compiled(layers.Dense(64, "relu"), layers.Dense(1), loss="mse")
    found = one_batch(model, model_facts(model)["outputs"], Rows(X, 5.0 * X[:, :1] + 3), 4, 600.0)
    assert found["rows"] == 8
    assert found["score"] > 0.9


def states_of_the_backend():
    if keras.backend.backend() != "torch":
        return ()
    import torch

    return torch.get_rng_state().tolist()


def test_nothing_is_changed():
    model = compiled(layers.Dense(16, "relu"), layers.Dropout(0.5), layers.BatchNormalization(), layers.Dense(10, "softmax"))
    model.compile("adam", model.loss, metrics=["accuracy"])
    model.fit(X, Y, verbose=0)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before = [np.array(ops.convert_to_numpy(each)) for each in variables]
    number = int((layers.Dense(1).name + "_0").split("_")[1])
    states = random.getstate(), np.random.get_state()[1].tolist(), states_of_the_backend()
    assert learned(model) is not None
    assert all(np.array_equal(old, ops.convert_to_numpy(new)) for old, new in zip(before, variables, strict=True))
    assert (random.getstate(), np.random.get_state()[1].tolist(), states_of_the_backend()) == states
    assert layers.Dense(1).name == f"dense_{number + 1}"


def test_training_goes_on_as_if_nothing_had_happened():
    def trained(between):
        keras.utils.set_random_seed(1)
        model = compiled(layers.Dense(16, "relu"), layers.Dropout(0.5), layers.Dense(10, "softmax"))
        model.fit(X, Y, verbose=0)
        if between:
            learned(model)
        return model.fit(X, Y, epochs=2, verbose=0).history["loss"], ops.convert_to_numpy(keras.random.uniform(())).item()

    assert trained(False) == trained(True)


def test_when_there_is_no_result():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = layers.Dense(10, "softmax")

        def call(self, inputs):
            return self.layer(inputs)

    own = Subclassed()
    own.compile("sgd", "sparse_categorical_crossentropy")
    own(X)
    assert learned(own) is None
    model = compiled(layers.Dense(10, "softmax"))
    assert learned(model, seconds=0.0) is None
    assert learned(model, Rows(X)) is None


def test_a_copy_keeps_what_training_does_not_change():
    frozen, scaling = layers.Dense(4, name="frozen"), layers.Normalization(name="scaling")
    scaling.adapt(100 * X)
    model = compiled(scaling, frozen, layers.Dense(10, "softmax", name="last"))
    frozen.trainable = False
    keras.utils.set_random_seed(1)
    copy = unlearned_copy(model)
    for name in ("frozen", "scaling"):
        for old, new in zip(model.get_layer(name).variables, copy.get_layer(name).variables, strict=True):
            np.testing.assert_array_equal(ops.convert_to_numpy(old), ops.convert_to_numpy(new))
    assert np.std(ops.convert_to_numpy(copy.get_layer("scaling")(100 * X))) == pytest.approx(1.0, abs=0.1)
    assert not copy.get_layer("frozen").trainable_variables
    kernels = (ops.convert_to_numpy(each.get_layer("last").kernel) for each in (model, copy))
    assert not np.array_equal(*kernels)


def test_a_copy_of_a_graph_with_shared_layers_and_names():
    inputs = {"a": keras.Input((6,), name="a"), "b": keras.Input((6,), name="b")}
    shared = layers.Dense(4, name="shared")
    model = keras.Model(inputs, {"sum": layers.Add()([shared(inputs["a"]), shared(inputs["b"])])})
    copy = unlearned_copy(model)
    assert len(copy.trainable_variables) == 2
    assert ops.convert_to_numpy(copy({"a": X, "b": X})["sum"]).shape == (100, 4)
