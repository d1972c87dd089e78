"""Weights that go from one model to another, on every backend."""

import keras
import numpy as np
import pytest

from keras_tips.tips import carry_weights

pytestmark = [
    pytest.mark.backend,
    # 2026-11: TensorFlow 2.21's variables lack the copy keyword that NumPy 2 asks for; Keras converts them all the time.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]


def model(units=3, inner="inner", heads=2):
    inputs = keras.Input((4, 5))
    attended = keras.layers.MultiHeadAttention(heads, 2, name="attention")(inputs, inputs)
    nested = keras.Sequential([keras.Input((4, 5)), keras.layers.Dense(units, name="hidden")], name=inner)
    return keras.Model(inputs, keras.layers.Dense(1, name="answer")(nested(attended)))


def numbers(given):
    return [keras.ops.convert_to_numpy(weight) for weight in given.weights]


def test_the_same_architecture_takes_over_everything():
    old, new = model(), model()
    kept = carry_weights(old, new)
    assert len(kept) == len(set(kept)) == len(new.weights)
    assert "inner/hidden/kernel" in kept
    assert all(map(np.array_equal, numbers(old), numbers(new)))


def test_other_shapes_and_names_start_anew():
    old, new = model(), model(units=6)
    before = numbers(new.get_layer("answer"))[0]
    kept = carry_weights(old, new)
    assert {name for name in kept if not name.startswith("attention")} == {"answer/bias"}
    assert np.array_equal(numbers(new.get_layer("answer"))[0], before)
    assert not any("hidden" in name for name in carry_weights(old, model(inner="other")))


@pytest.mark.parametrize("other", [None, "model", keras.Sequential([keras.layers.Dense(1)])])
def test_refuses_what_is_no_built_model(other):
    with pytest.raises(ValueError, match=r"Invalid `target`. Expected a built Keras model"):
        carry_weights(model(), other)
    with pytest.raises(ValueError, match=r"Invalid `source`. Expected a built Keras model"):
        carry_weights(other, model())
