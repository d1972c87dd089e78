"""Which validation rows are training rows too."""

import numpy as np
import pytest

from keras_tips.probes.split_fact import LOOK, split_fact

RNG = np.random.default_rng(0)


def slow(training, validation):
    """Every row against every row."""
    return sum(any(np.array_equal(row, other) for other in training) for row in validation)


@pytest.mark.parametrize("shape", [(3,), (200,), (5, 5, 2), ()])
def test_equals_comparing_every_row_with_every_row(shape):
    rows = RNG.normal(size=(40, *shape)).astype("float32")
    training, validation = rows[:30], rows[[3, 5, 35, 5, 29, 39]]
    fact = split_fact([training], [validation])
    assert fact == {
        "training_rows": 30,
        "validation_rows": 6,
        "shared_rows": slow(training, validation),
        "distinct_rows": 30,
    }
    assert fact["shared_rows"] == 4


@pytest.mark.parametrize("shape", [(3,), (200,), (5, 5, 2), ()])
def test_how_many_rows_are_different_ones(shape):
    rows = RNG.normal(size=(8, *shape))
    assert split_fact([np.tile(rows, (5, *[1] * len(shape)))], [rows])["distinct_rows"] == 8
    apart = np.tile(np.zeros((1, 100 * LOOK)), (4, 1))
    apart[:, 1] = np.arange(4)  # where nobody looks first
    assert split_fact([apart], [apart])["distinct_rows"] == 4
    both = [np.repeat(np.arange(2.0), 4), np.tile(np.arange(2), 4)]
    assert split_fact(both, both)["distinct_rows"] == 4


def test_rows_that_differ_where_nobody_looked_first_are_told_apart():
    row = np.zeros((1, 100 * LOOK))
    other = row.copy()
    other[0, 1] = 1.0  # between two of the entries that are compared first
    assert split_fact([row], [other])["shared_rows"] == 0


def test_all_inputs_of_a_row_have_to_agree():
    first, second = np.arange(4.0)[:, None], np.arange(4)[:, None]
    assert split_fact([first, second], [first, second])["shared_rows"] == 4
    assert split_fact([first, second], [first, second[::-1]])["shared_rows"] == 0


def test_kinds_of_numbers_do_not_matter_and_shapes_do():
    rows = np.arange(6.0).reshape(3, 2)
    assert split_fact([rows], [rows.astype("float32")])["shared_rows"] == 3
    assert split_fact([rows], [rows.reshape(3, 2, 1)])["shared_rows"] == 0
    assert split_fact([rows], [rows, rows])["shared_rows"] == 0
