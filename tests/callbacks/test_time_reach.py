"""How far the beginning of a sequence reaches: in layers that keep it, and in one that forgets it."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.time_reach import time_reach
from keras_tips.probes.model_facts import model_facts

pytestmark = pytest.mark.backend

RNG = np.random.default_rng(0)
STEPS = 40
X = RNG.normal(size=(300, STEPS, 1)).astype("float32")


class Keeps(layers.Layer):
    """A cell that adds up what it reads, of which it keeps this share in each step."""

    def __init__(self, share):
        super().__init__()
        self.share, self.state_size = share, 1

    def call(self, inputs, states):
        total = self.share * states[0] + inputs
        return total, [total]


def model(*middle, steps=STEPS):
    built = keras.Sequential([keras.Input((steps, 1)), *middle, layers.Dense(1, "sigmoid")])
    built.compile("sgd", "binary_crossentropy")
    return built


def reach(built, y, x=X):
    return time_reach(built, model_facts(built)["outputs"], Rows(x, y))


@pytest.mark.parametrize("share, low, high", [(1.0, 0.6, 0.8), (0.9, 0.1, 0.2), (0.5, 0.0, 1e-4)])
def test_of_what_is_kept(share, low, high):
    """Of 40 numbers that are added up, half of the variance comes from the first half."""
    found = reach(model(layers.RNN(Keeps(share), name="adds")), (X[:, 0] > 0).astype("float32"))
    assert (found["layer"], found["steps"]) == ("adds", STEPS)
    assert low <= found["reach"] <= high


def test_where_it_stands_what_is_asked_for():
    first, last = (reach(model(layers.SimpleRNN(4)), (X[:, place] > 0).astype("float32")) for place in (0, -1))
    assert first["whole"] > 0.75 > 0.65 > first["late"]
    assert min(last["whole"], last["late"]) > 0.75


def test_where_there_is_nothing_to_measure():
    y = (X[:, 0] > 0).astype("float32")
    assert reach(model(layers.Flatten()), y) is None
    assert reach(model(layers.SimpleRNN(4), steps=8), y, X[:, :8]) is None
    assert reach(model(layers.SimpleRNN(4)), None) is None


def test_every_step_is_given():
    found = reach(model(layers.SimpleRNN(4, return_sequences=True), layers.Flatten()), (X[:, 0] > 0).astype("float32"))
    assert 0 <= found["reach"] < 1
