"""Rows kept from batches."""

import keras
import numpy as np
import pytest

from keras_tips.callbacks.seen_rows import ROWS, SeenRows


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
    huge = SeenRows(model())
    for _ in range(20):
        huge.add((np.zeros((8, 2_000_000), "int8"), np.zeros(8)))
    assert huge.facts()["inputs"][0]["rows"] == 3


def test_of_photographs_there_are_some_all_the_same():
    rows = SeenRows(model())
    for _ in range(20):
        rows.add((np.zeros((8, 224, 224, 3), "uint8"), np.zeros((8, 1))))
    facts = rows.facts()
    assert (facts["inputs"][0]["rows"], facts["targets"][0]["rows"]) == (32, 32)


@pytest.mark.parametrize(
    "weights, counting",
    [
        (None, [0, 1, 2, 3]),
        (np.array([1.0, 0.0, 2.0, 0.0]), [0, 2]),
        (np.array([[1.0], [0.0], [2.0], [0.0]]), [0, 2]),
        ([np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 3.0])], [0, 3]),  # of two outputs
        (np.zeros(4), []),
    ],
)
def test_rows_without_any_weight_are_not_compared(weights, counting):
    rows = SeenRows(model())
    rows.add((np.arange(4.0)[:, None], np.zeros(4), weights))
    assert [row for inputs in rows.inputs() for row in inputs.ravel().tolist()] == counting
    assert rows.rows().count == 4, "a network may need all of them at once"


def test_weights_of_rows_that_cannot_be_taken_break_nothing():
    rows = SeenRows(model())
    rows.add((None, None, np.array([1.0, 0.0])))
    assert (rows.inputs(), rows.rows()) == ([], None)


def test_batches_of_other_widths_and_texts_are_survived():
    rows = SeenRows(model())
    rows.add((np.zeros((2, 5)), np.zeros(2)))
    rows.add((np.ones((2, 7)), np.ones(2)))
    assert rows.facts()["inputs"][0]["shape"] == [7]
    rows = SeenRows(model())
    rows.add((np.array([["a"], ["b"]]), np.zeros(2)))
    assert rows.facts()["inputs"] == []


@pytest.mark.parametrize(
    "batch",
    [
        (None, np.zeros(2)),
        ({"a": np.zeros((2, 3)), "b": None}, np.zeros(2)),
        (np.zeros((2, 3)), np.zeros(5)),
        (np.float32(3.0), np.zeros(2)),
    ],
    ids=["no inputs", "an input missing", "other row counts", "no rows"],
)
def test_what_cannot_be_described_does_not_break_the_training(batch):
    rows = SeenRows(model())
    rows.add(batch)
    assert rows.facts() == {}


def test_inputs_are_described_where_a_target_is_missing():
    rows = SeenRows(model())
    rows.add((np.ones((2, 3)), {"a": np.zeros(2), "b": None}))
    assert (len(rows.facts()["inputs"]), rows.facts()["targets"]) == (1, [])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="made of TensorFlow's own kinds of tensors")
def test_sparse_and_ragged_tensors_are_left_alone():
    import tensorflow as tf

    for tensor in (tf.sparse.eye(4, 3), tf.ragged.constant([[1.0], [2.0, 3.0]])):
        rows = SeenRows(model())
        rows.add((tensor, np.zeros(4)))
        assert rows.facts() == {}


@pytest.mark.parametrize("rows", [np.array([["a"], ["b"]]), np.array([[b"a"], [b"b"]], "object"), np.zeros((2, 0))])
def test_only_numbers_are_given_for_comparison(rows):
    seen = SeenRows(model())
    seen.add((rows, np.zeros(2)))
    assert seen.inputs() == []
