"""Nothing that training will meet is changed by what happens within `without_trace`."""

import random

import keras
import numpy as np
import pytest

from keras_tips.probes.without_trace import without_trace

pytestmark = pytest.mark.backend


class Restless(keras.layers.Layer):
    """Draws from every generator that there is."""

    def __init__(self):
        super().__init__()
        self.seeded = keras.random.SeedGenerator(1)

    def call(self, inputs):
        self.add_loss(keras.ops.sum(inputs))
        return inputs + keras.random.uniform((1,), seed=self.seeded) + random.random() + np.random.random() + _of_the_backend()


def _of_the_backend():
    """From generators without a seed, Keras's and the backend's own; JAX has none."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.random.uniform((1,)) + keras.random.uniform((1,))
    if keras.backend.backend() == "torch":
        import torch

        return torch.rand(1) + keras.random.uniform((1,))
    return 0.0


def test_every_state_is_as_before():
    def drawn(interrupted):
        keras.utils.set_random_seed(5)
        model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5), Restless()])
        x = np.ones((4, 3), "float32")
        found = [keras.ops.convert_to_numpy(model(x, training=True))]
        if interrupted:
            with without_trace(model):
                within = [keras.ops.convert_to_numpy(model(x, training=True)) for _ in range(3)]
            assert not np.array_equal(within[0], within[1])  # masks differ within
        found.append(keras.ops.convert_to_numpy(model(x, training=True)))
        return found + [keras.ops.convert_to_numpy(variable) for variable in model.variables]

    assert all(np.array_equal(one, other) for one, other in zip(drawn(False), drawn(True), strict=True))


def test_states_are_put_back_after_an_exception():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5)])
    random.seed(3)
    with pytest.raises(TypeError), without_trace(model):
        int([random.random()])
    drawn = random.random()
    random.seed(3)
    assert drawn == random.random()


def test_buffers_of_wrapped_modules_are_put_back():
    if keras.backend.backend() != "torch":
        pytest.skip("only PyTorch has modules")
    import torch

    module = torch.nn.BatchNorm1d(3)
    model = keras.Sequential([keras.Input((3,)), keras.layers.TorchModuleWrapper(module)])
    before = {name: buffer.clone() for name, buffer in module.named_buffers()}
    with without_trace(model):
        module.train()
        module(torch.rand(8, 3))
        assert not torch.equal(module.running_mean, before["running_mean"])
    assert all(torch.equal(buffer, before[name]) for name, buffer in module.named_buffers())
