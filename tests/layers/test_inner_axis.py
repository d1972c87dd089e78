"""Axes of one example."""

import pytest

from keras_tips.layers.inner_axis import inner_axis


@pytest.mark.parametrize("axis, rank, counted", [(1, 2, 1), (-1, 2, 1), (3, 4, 3), (-3, 4, 1), (2, None, 2), (-2, None, -2)])
def test_counts_from_the_front(axis, rank, counted):
    assert inner_axis("axis", axis, rank) == counted


@pytest.mark.parametrize("axis, rank", [(0, None), (0, 3), (-3, 3), (3, 3), (-4, 3), (-1, 1), (True, 3), (1.0, 3), (None, 3)])
def test_refuses_the_batch_and_what_is_no_axis(axis, rank):
    with pytest.raises(ValueError, match=f"^Invalid `shared_axes`. Expected .* Received: shared_axes={axis!r}."):
        inner_axis("shared_axes", axis, rank)
