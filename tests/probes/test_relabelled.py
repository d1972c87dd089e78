"""Rows that come again: with the targets that they had, or with others."""

import numpy as np
import pytest

from keras_tips.probes.relabelled import relabelled

RNG = np.random.default_rng(0)
X, CLASSES, AMOUNTS = RNG.normal(size=(50, 2, 3)).astype("float32"), np.arange(50) % 7, RNG.normal(size=(50, 1))
ORDER = RNG.permutation(50)[:20]


def counts(rows, changed=0, ambiguous=0, known=50, asked=20):
    return {"rows": rows, "changed": changed, "ambiguous": ambiguous, "known": known, "asked": asked}


@pytest.mark.parametrize("y", [CLASSES, AMOUNTS, np.eye(7)[CLASSES]])
def test_shuffled_together_or_apart(y):
    assert relabelled(([X], [y]), ([X[ORDER]], [y[ORDER]])) == counts(20)
    moved = np.roll(y, 1, axis=0)
    assert relabelled(([X], [y]), ([X[ORDER]], [moved[ORDER]])) == counts(20, changed=20)


def test_a_little_noise_in_amounts_is_no_change():
    noisy = AMOUNTS + 0.01 * RNG.normal(size=AMOUNTS.shape)
    assert relabelled(([X], [AMOUNTS]), ([X], [noisy]))["changed"] == 0


def test_rows_that_are_new_or_changed_do_not_count():
    assert relabelled(([X], [CLASSES]), ([X + 1], [CLASSES]))["rows"] == 0
    assert relabelled(([X], [CLASSES]), ([X[:, :1]], [CLASSES]))["rows"] == 0
    assert relabelled(([X], [CLASSES]), ([X], [AMOUNTS.repeat(2, axis=1)]))["rows"] == 0


def test_rows_of_several_targets_are_left_out():
    twice = ([np.concatenate([X, X[:5]])], [np.concatenate([CLASSES, CLASSES[:5] + 1])])
    assert relabelled(twice, ([X], [CLASSES])) == counts(45, ambiguous=5, known=55, asked=50)


def test_several_inputs_are_one_row():
    other = RNG.normal(size=(50, 1))
    assert relabelled(([X, other], [CLASSES]), ([X, other[::-1]], [CLASSES]))["rows"] == 0


def test_what_is_no_finite_number_breaks_nothing():
    broken = np.where(CLASSES == 0, np.inf, CLASSES.astype(float))
    assert relabelled(([X], [broken]), ([X], [broken]))["changed"] == 0
