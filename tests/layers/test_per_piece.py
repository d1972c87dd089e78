"""Initializing piece by piece."""

import keras
import numpy as np
import pytest

from keras_tips.layers.per_piece import per_piece

pytestmark = pytest.mark.backend


def test_calls_once_per_piece_and_puts_pieces_side_by_side():
    shapes = []

    def counting(shape, dtype=None):
        shapes.append(shape)
        return keras.ops.full(shape, len(shapes), dtype=dtype)

    values = per_piece(counting, pieces=3)((2, 6), dtype="float32")
    assert shapes == [(2, 2)] * 3
    assert np.array(values).tolist() == [[1, 2, 3, 1, 2, 3]] * 2


def test_the_first_piece_keeps_the_seed():
    initializer = keras.initializers.RandomNormal(seed=4)
    values = np.array(per_piece(initializer, pieces=2)((3, 4)))
    np.testing.assert_array_equal(values[:, 0::2], initializer((3, 2)))
    assert initializer.seed == 4


def test_a_generator_of_seeds_moves_on_by_itself():
    initializer = keras.initializers.RandomNormal(seed=keras.random.SeedGenerator(4))
    values = np.array(per_piece(initializer, pieces=2)((3, 4)))
    assert len(np.unique(values)) == values.size
