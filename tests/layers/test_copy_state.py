"""State handed on from layer to layer."""

import keras
import numpy as np
import pytest

from keras_tips.layers.copy_state import copy_state

pytestmark = pytest.mark.backend


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def built(kind, shape=(None, 4), **arguments):
    layer = kind(**arguments)
    layer.build(shape)
    return layer


def test_weights_and_statistics():
    old, new = built(keras.layers.BatchNormalization), built(keras.layers.BatchNormalization)
    old(np.random.default_rng(0).normal(size=(8, 4)), training=True)
    copy_state(old, new)
    for mine, theirs in zip(new.variables, old.variables, strict=True):
        np.testing.assert_array_equal(numpy(mine), numpy(theirs))


def test_random_numbers_go_on_where_they_were():
    old, new = keras.layers.Dropout(0.5, seed=1), keras.layers.Dropout(0.5, seed=2)
    x = np.ones((4, 50), "float32")
    old(x, training=True)
    copy_state(old, new)
    np.testing.assert_array_equal(numpy(new(x, training=True)), numpy(old(x, training=True)))


def test_the_copy_is_no_second_name_of_the_same_numbers():
    old, new = built(keras.layers.Dense, units=2), built(keras.layers.Dense, units=2)
    copy_state(old, new)
    before = np.array(numpy(old.kernel))
    new.kernel.assign(new.kernel + 1)
    np.testing.assert_array_equal(numpy(old.kernel), before)


def test_what_was_adapted():
    data = np.random.default_rng(0).normal(5, 3, size=(20, 4)).astype("float32")
    old, new = keras.layers.Normalization(), built(keras.layers.Normalization)
    old.adapt(data)
    copy_state(old, new)
    np.testing.assert_array_equal(numpy(new(data)), numpy(old(data)))


def test_vocabularies():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("text inside of a model is TensorFlow's alone")
    old = keras.layers.TextVectorization(output_sequence_length=3)
    old.adapt(["a b c a", "b a"])
    new = type(old).from_config(old.get_config())
    copy_state(old, new)
    assert new.get_vocabulary() == old.get_vocabulary() == ["", "[UNK]", "a", "b", "c"]


def test_refuses_layers_of_different_kinds():
    with pytest.raises(ValueError, match="zip"):
        copy_state(built(keras.layers.Dense, units=2), built(keras.layers.Dense, units=2, use_bias=False))
