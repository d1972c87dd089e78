"""A count that knows whether it was ever set, where it cannot be read."""

import copy

import keras
import numpy as np
import pytest

from keras_tips.layers.example_count import ExampleCount

pytestmark = pytest.mark.backend


class Asking(keras.layers.Layer):
    """Doubles its inputs and notes what its count says while a function is compiled."""

    def build(self, input_shape):
        self.count = ExampleCount()
        self.answers = []

    def call(self, inputs):
        self.answers.append(self.count.positive())
        return inputs * 2


def asking(count=None):
    layer = Asking()
    model = keras.Sequential([keras.Input((1,)), layer])
    if count is not None:
        model.set_weights([np.array(count)])
    model.predict(np.ones((2, 1)), verbose=0)
    return layer.answers[-1]


def test_answers_inside_of_a_compiled_function():
    assert asking() is False
    assert asking(count=3) is True


def test_a_deep_copy_remembers():
    count = ExampleCount()
    assert not copy.deepcopy(count).positive()
    count.assign(3)
    assert copy.deepcopy(count).positive()
    assert int(keras.ops.convert_to_numpy(copy.deepcopy(count))) == 3


def test_is_a_weight_that_is_not_trained():
    layer = Asking()
    layer.build((None, 1))
    assert [weight.name for weight in layer.non_trainable_weights] == ["count"]
    assert layer.trainable_weights == []
