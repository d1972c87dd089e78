"""Directions of greatest variance, against NumPy, and what counts as no variance."""

import numpy as np
import pytest

from keras_tips.layers.covariance import covariance
from keras_tips.layers.principal_axes import principal_axes


def axes_of(x, precision="float32"):
    examples, mean, scatter = covariance(iter([x]), x.shape[1])
    return principal_axes(scatter, examples, mean, precision)


def correlated(examples, features, rank=None, seed=0):
    rng = np.random.default_rng(seed)
    rank = features if rank is None else rank
    return rng.normal(size=(examples, rank)) @ rng.normal(size=(rank, features))


def test_equals_the_singular_values_and_vectors_of_the_data():
    x = correlated(200, 5)
    axes, variances = axes_of(x)
    _, singular, directions = np.linalg.svd(x - x.mean(axis=0))
    np.testing.assert_allclose(variances, singular**2 / 199, rtol=1e-12)
    np.testing.assert_allclose(np.abs(axes), np.abs(directions.T), atol=1e-10)


def test_the_largest_entry_of_a_direction_is_positive():
    axes, _ = axes_of(correlated(200, 5))
    assert [axis[np.argmax(np.abs(axis))] > 0 for axis in axes.T] == [True] * 5


def test_signs_and_order_hold_with_many_features():
    x = correlated(500, 150)  # more directions than are looked at together
    axes, variances = axes_of(x)
    assert [axis[np.argmax(np.abs(axis))] > 0 for axis in axes.T] == [True] * 150
    np.testing.assert_allclose(np.cov(x.T) @ axes, axes * variances, atol=1e-10 * variances[0])


@pytest.mark.parametrize("seed", range(5))
def test_of_equally_large_entries_the_first_is_positive(seed):
    x = np.random.default_rng(seed).normal(size=(50, 2))
    axes, _ = axes_of(np.concatenate([x, x[:, ::-1]]))  # symmetric: the directions are (1, 1) and (1, -1)
    assert np.all(axes[0] > 0)


@pytest.mark.parametrize("features, rank, examples", [(3, 2, 20), (10, 4, 500), (60, 20, 5000), (200, 60, 300), (50, 50, 12)])
@pytest.mark.parametrize("kind, offset", [("float64", 0), ("float64", 1000), ("float32", 0), ("float32", 1000)])
def test_collinear_columns_and_few_examples_leave_directions_without_variance(features, rank, examples, kind, offset):
    x = (correlated(examples, features, rank) + offset).astype(kind)
    _, variances = axes_of(x)
    assert np.sum(variances > 0) == min(rank, examples - 1)
    assert np.all(variances[: min(rank, examples - 1)] > 0)


def test_small_units_are_no_lack_of_variance():
    x = correlated(1000, 3)
    income_share_and_age = np.stack([x[:, 0] * 1e5, x[:, 1] * 0.1, x[:, 2] * 10 + 40], axis=1)
    _, variances = axes_of(income_share_and_age)
    assert np.all(variances > 0)


def test_precision_says_what_rounding_is():
    x = correlated(1000, 2) * [1, 1e-3] + [0, 1e5]  # float32 has steps of 0.008 there
    assert np.sum(axes_of(x, "float32")[1] > 0) == 1
    assert np.sum(axes_of(x, "float64")[1] > 0) == 2


def test_constant_data_have_no_direction():
    axes, variances = axes_of(np.full((10, 3), 7.0))
    assert np.all(variances == 0)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)
