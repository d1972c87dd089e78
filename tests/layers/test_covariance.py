"""Mean and scatter of batches, against NumPy on all the data at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tips.layers import covariance as module
from keras_tips.layers.covariance import covariance


def check_equals_numpy(found, x, tolerance=1e-12):
    rows = x.reshape(len(x), -1).astype("float64")
    scatter = np.tril(found.scatter) + np.tril(found.scatter, -1).T
    centered = rows - rows.mean(axis=0)
    np.testing.assert_allclose(found.mean, rows.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(scatter, centered.T @ centered, atol=tolerance * np.trace(scatter))
    assert found.examples == len(x)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 4), st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_equals_numpy_however_the_examples_are_batched(sizes, features, rows_of_a_block):
    rng = np.random.default_rng(0)
    parts = [rng.normal(rng.normal(), 2, size=(size, features)) for size in sizes]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", 8 * features * rows_of_a_block)
        patch.setattr(module, "LEAST_ROWS", 1)
        found = covariance(iter(parts), features)
    check_equals_numpy(found, np.concatenate(parts))


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "uint8", "bool"])
def test_takes_images_of_every_kind_of_number(kind):
    x = (np.random.default_rng(0).uniform(size=(500, 3, 4)) * 3).astype(kind)
    check_equals_numpy(covariance(iter([x[:200], x[200:]]), 12), x)


def test_loses_nothing_far_from_zero_nor_where_data_drift():
    rng = np.random.default_rng(0)
    still = rng.normal(size=(2000, 3)) @ rng.normal(size=(3, 3))
    found = covariance(iter(np.array_split(still + 1e8, 7)), 3)
    centered = (still + 1e8) - 1e8  # the same data, of which the rounding to doubles is left
    check_equals_numpy(covariance(iter([centered]), 3), centered, 1e-14)
    np.testing.assert_allclose(found.scatter, covariance(iter([centered]), 3).scatter, rtol=1e-9)
    drifting = still + np.sort(rng.normal(0, 1e5, size=(2000, 1)), axis=0) * [1, 0, 0]
    found = covariance(iter(np.array_split(drifting, 7)), 3)
    apart = drifting - drifting.mean(axis=0)
    np.testing.assert_allclose(
        found.scatter[1:, 1:][np.tril_indices(2)], (apart.T @ apart)[1:, 1:][np.tril_indices(2)], rtol=1e-12
    )


def test_leaves_the_data_as_they_are():
    x = np.random.default_rng(0).normal(size=(40, 3))
    before = x.copy()
    covariance(iter([x]), 3)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_says_where_data_are_not_finite(value, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_BYTES", 0)
    x = np.zeros((700, 2), "float32")
    x[650, 1] = value
    with pytest.raises(ValueError, match=f"data={value}. It is in example 650, column 1."):
        covariance(iter(np.array_split(x, 3)), 2)
