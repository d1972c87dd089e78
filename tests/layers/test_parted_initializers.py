"""Initializers that do not repeat each other."""

import keras
import numpy as np

from keras_tips.layers.parted_initializers import parted_initializers


def drawn(seed, count):
    return [np.array(each((3, 4))) for each in parted_initializers(keras.initializers.HeNormal(seed=seed), count)]


def test_none_repeats_another_and_a_seed_gives_the_same_again():
    first, again, other = drawn(7, 4), drawn(7, 4), drawn(8, 4)
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(np.concatenate([*first, *other]))) == 8 * 12
    np.testing.assert_array_equal(first[0], np.array(keras.initializers.HeNormal(seed=7)((3, 4))))


def test_an_initializer_without_a_seed_of_its_own_draws_apart_too():
    parts = parted_initializers(keras.initializers.HeNormal(), 2)
    assert parts[0].seed != parts[1].seed


def test_what_has_no_seed_is_returned_as_it_is():
    zeros = keras.initializers.Zeros()
    assert parted_initializers(zeros, 3) == [zeros] * 3
    generator = keras.initializers.HeNormal(seed=keras.random.SeedGenerator(1))
    assert parted_initializers(generator, 2) == [generator] * 2
