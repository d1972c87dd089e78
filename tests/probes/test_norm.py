"""The L2 norm, on whatever backend is active."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_tips.probes.norm import norm, product

pytestmark = pytest.mark.backend


def measured(array, dtype="float32"):
    return float(ops.convert_to_numpy(norm(ops.convert_to_tensor(array, dtype))))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5), (2, 3, 4), (200, 100)])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_equals_numpy(shape, dtype):
    array = ops.convert_to_tensor(np.random.default_rng(0).normal(size=shape), dtype)
    exact = np.linalg.norm(ops.convert_to_numpy(ops.cast(array, "float32")).astype("float64"))
    assert measured(array, dtype) == pytest.approx(exact, rel=1e-5)  # sums in float32


@pytest.mark.parametrize("size", [1e-30, 1e30])
@pytest.mark.parametrize("entries", [100, 40_000])
def test_squares_neither_vanish_nor_overflow(size, entries):
    assert measured(np.full(entries, size)) == pytest.approx(entries**0.5 * size, rel=1e-5)


def test_half_precision_does_not_overflow():
    assert measured(np.full(100, 60000.0), "float16") == pytest.approx(600000.0, rel=1e-2)


@pytest.mark.parametrize("bad, expected", [(np.nan, np.nan), (np.inf, np.inf), (-np.inf, np.inf)])
@pytest.mark.parametrize("entries", [3, 40_000])
def test_what_is_not_finite_comes_through(bad, expected, entries):
    np.testing.assert_equal(measured([1.0, bad, *[2.0] * (entries - 2)]), expected)


def test_zero_and_empty():
    assert measured(np.zeros(4)) == 0.0
    assert measured(np.zeros((0, 3))) == 0.0
    assert keras.backend.standardize_dtype(norm(ops.zeros((2,))).dtype) == "float32"


@pytest.mark.parametrize("shape", [(3, 5), (200, 300), ()])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_products_are_summed(shape, kind):
    rng = np.random.default_rng(0)
    one, other = rng.normal(1.0, 1.0, (2, *shape)).astype(kind)
    summed = product(ops.convert_to_tensor(one), ops.convert_to_tensor(other))
    assert summed.shape == ()
    np.testing.assert_allclose(ops.convert_to_numpy(summed), np.vdot(one.astype("float64"), other.astype("float64")), rtol=1e-6)
