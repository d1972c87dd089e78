"""The size that just covers a frame: against fractions, and the same for numbers and tensors."""

import math
from fractions import Fraction

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tips.layers.covering_size import covering_size

pytestmark = pytest.mark.backend

LENGTHS = st.integers(1, 5000)


def slow_covering_size(frame, source):
    """With exact numbers, as the docstring says it."""
    scale = max(Fraction(wanted, there) for wanted, there in zip(frame, source, strict=True))
    return tuple(math.floor(scale * there + Fraction(1, 2)) for there in source)


@given(st.tuples(LENGTHS, LENGTHS), st.tuples(LENGTHS, LENGTHS))
def test_equals_the_slow_version(frame, source):
    assert covering_size(None, frame, source) == slow_covering_size(frame, source)


@given(st.tuples(LENGTHS, LENGTHS), st.tuples(LENGTHS, LENGTHS))
def test_one_side_fits_and_the_other_covers(frame, source):
    height, width = covering_size(None, frame, source)
    assert height >= frame[0]
    assert width >= frame[1]
    assert height == frame[0] or width == frame[1]


def test_a_square_frame_sets_the_shortest_side():
    assert covering_size(None, (256, 256), (375, 500)) == (256, 341)
    assert covering_size(None, (256, 256), (500, 375)) == (341, 256)
    assert covering_size(None, (256, 256), (100, 100)) == (256, 256)


def test_tensors_of_one_frame_per_image_give_what_numbers_give():
    backend = keras.layers.CenterCrop(1, 1).backend
    sides = np.arange(20, 60, dtype="int32")
    found = covering_size(backend, (keras.ops.array(sides), keras.ops.array(sides)), (37, 53))
    expected = [covering_size(None, (int(side), int(side)), (37, 53)) for side in sides]
    np.testing.assert_array_equal(np.stack([keras.ops.convert_to_numpy(each) for each in found], axis=1), expected)
