import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tips.search.split import split


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.floats(0.05, 0.95), st.integers(0, 99), st.integers(1, 7))
def test_no_row_is_lost_or_doubled(rows, share, seed, classes):
    x, y = np.arange(rows).reshape(-1, 1), np.arange(rows) % classes
    (first, labels), (second, others) = split(x, y, share=share, seed=seed)
    assert sorted([*first[:, 0], *second[:, 0]]) == list(range(rows))
    assert np.array_equal(first[:, 0] % classes, labels)
    assert np.array_equal(second[:, 0] % classes, others)
    assert len(first) >= 1
    assert abs(len(second) - share * rows) <= 1


@pytest.mark.parametrize("one_hot", [False, True])
def test_classes_keep_their_proportions(one_hot):
    labels = np.repeat([0, 1, 2], [80, 15, 5])
    y = np.eye(3)[labels] if one_hot else labels
    _, (_, held_out) = split(np.zeros((100, 2)), y, share=0.2, seed=3)
    counts = held_out.sum(axis=0) if one_hot else np.bincount(held_out)
    assert list(counts) == [16, 3, 1]


def test_the_seed_decides():
    x = np.arange(50).reshape(-1, 1)
    parts = [split(x, np.zeros(50), share=0.5, seed=seed)[1][0] for seed in (0, 0, 1)]
    assert np.array_equal(parts[0], parts[1])
    assert not np.array_equal(parts[0], parts[2])


@pytest.mark.parametrize("y", [np.linspace(0, 1, 10), np.arange(10), np.random.default_rng(0).normal(size=(10, 2))])
def test_targets_that_are_no_classes_are_split_too(y):
    assert len(split(np.zeros((10, 1)), y, share=0.3, seed=0)[1][0]) == 3


def test_one_row_cannot_be_split():
    with pytest.raises(ValueError, match="at least two rows"):
        split(np.zeros((1, 2)), np.zeros(1), share=0.5, seed=0)
