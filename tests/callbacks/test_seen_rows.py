"""Rows kept from batches."""

import keras
import numpy as np

from keras_tips.callbacks.seen_rows import ENTRIES_OF_A_BATCH, ROWS, SeenRows


def model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])


def test_rows_of_all_batches_are_described_together():
    rows, kept = SeenRows(model()), np.arange(18.0).reshape(6, 3)
    for batch in (kept[:4], kept[4:]):
        rows.add((batch, batch[:, 0]))
    np.testing.assert_allclose(rows.facts()["inputs"][0]["feature_mean"], kept.mean(0))
    assert rows.facts()["targets"][0]["rows"] == 6
    assert rows.batch_size == 4


def test_nothing_before_the_first_batch():
    assert SeenRows(model()).facts() == {}


def test_memory_is_bounded():
    rows = SeenRows(model())
    for _ in range(10):
        rows.add((np.zeros((ROWS // 4, 3)), None))
    assert rows.facts()["inputs"][0]["rows"] == ROWS
    wide = SeenRows(model())
    wide.add((np.zeros((8, ENTRIES_OF_A_BATCH // 2)), None))
    assert wide.facts()["inputs"][0]["rows"] == 2


def test_batches_of_other_widths_and_texts_are_survived():
    rows = SeenRows(model())
    rows.add((np.zeros((2, 5)), np.zeros(2)))
    rows.add((np.ones((2, 7)), np.ones(2)))
    assert rows.facts()["inputs"][0]["shape"] == [7]
    rows = SeenRows(model())
    rows.add((np.array([["a"], ["b"]]), np.zeros(2)))
    assert rows.facts()["inputs"] == []
