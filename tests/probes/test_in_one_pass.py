"""Sizes of a large variable's step taken together, against NumPy in float64 and against what is taken one by one."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_tips.probes.in_one_pass import Sizes, in_one_pass
from keras_tips.probes.probe import VariableStep

pytestmark = pytest.mark.backend
on_jax = pytest.mark.skipif(keras.backend.backend() != "jax", reason="other backends take each size in a pass of its own")
SHAPE = (150, 200)


def tensors(size=1.0, shape=SHAPE, dtype="float32"):
    rng = np.random.default_rng(0)
    gradient, before, change = (size * rng.normal(size=shape) for _ in range(3))
    return [ops.convert_to_tensor(array, dtype) for array in (gradient, before, before + 0.5 * change + 0.1 * gradient)]


def exact(gradient, before, after):
    gradient, before, after = (ops.convert_to_numpy(each).astype("float64") for each in (gradient, before, after))
    change = after - before
    return Sizes(*(np.linalg.norm(each.ravel()) for each in (gradient, before, change)), (gradient * change).sum())


def numbers(sizes):
    return [float(ops.convert_to_numpy(size)) for size in sizes]


@on_jax
@pytest.mark.parametrize("shape", [SHAPE, (30_000,), (3, 3, 64, 64)])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_equals_numpy(shape, dtype):
    step = tensors(shape=shape, dtype=dtype)
    assert numbers(in_one_pass(*step)) == pytest.approx(exact(*step), rel=1e-5)


@on_jax
@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_squares_neither_vanish_nor_overflow(size):
    step = tensors(size)
    scaled = [one / size for one in exact(*step)[:3]]
    assert [number / size for number in numbers(in_one_pass(*step)[:3])] == pytest.approx(scaled, rel=1e-5)


@on_jax
def test_what_is_not_finite_comes_through():
    gradient, before, after = tensors()
    sizes = numbers(in_one_pass(ops.where(gradient > 3, float("nan"), gradient), before, ops.where(before > 3, np.inf, after)))
    assert np.isnan(sizes[0])
    assert sizes[1] == pytest.approx(exact(gradient, before, after).before, rel=1e-5)
    assert np.isinf(sizes[2])


@pytest.mark.parametrize(
    "step",
    [tensors(shape=(3, 4)), tensors(shape=(16_411, 1)), [*tensors()[:2], None]],
    ids=["small", "of a prime length", "without what the step made"],
)
def test_what_is_taken_one_by_one(step):
    assert in_one_pass(*step) is None


def test_a_step_says_the_same_either_way():
    step = tensors()
    together = VariableStep(*step)
    one_by_one = VariableStep(*step)
    vars(one_by_one)["_sizes"] = None
    names = ("gradient_size", "size", "change_size", "slope")
    measured = [[float(ops.convert_to_numpy(getattr(each, name))) for name in names] for each in (together, one_by_one)]
    assert measured[0] == pytest.approx(measured[1], rel=1e-5)
    assert (together._sizes is None) == (keras.backend.backend() != "jax")
