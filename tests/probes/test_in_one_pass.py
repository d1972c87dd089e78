"""Sizes of variables taken together, against NumPy in float64 and against what is taken one by one."""

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


def together(*steps):
    """Sizes of each step, in its order."""
    places, sizes = in_one_pass(*zip(*steps, strict=True))
    assert sorted(places) == list(range(len(steps)))
    rows = np.stack([ops.convert_to_numpy(size) for size in sizes], axis=1).astype("float64")
    return [rows[places.index(place)] for place in range(len(steps))]


@on_jax
@pytest.mark.parametrize("shape", [SHAPE, (30_000,), (3, 3, 64, 64), (16_411, 1), (129,), (7, 5), (1,), ()])
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_equals_numpy(shape, dtype):
    step = tensors(shape=shape, dtype=dtype)
    assert together(step)[0] == pytest.approx(exact(*step), rel=1e-5)


@on_jax
def test_variables_keep_their_places():
    steps = [tensors(size, shape) for size, shape in [(1, (4, 3)), (2, SHAPE), (3, (12,)), (4, (5,)), (5, SHAPE), (6, (3, 4))]]
    for sizes, step in zip(together(*steps), steps, strict=True):
        assert sizes == pytest.approx(exact(*step), rel=1e-5)


@on_jax
@pytest.mark.parametrize("size", [1e-30, 1e-19, 1e19, 1e30])
@pytest.mark.parametrize("shape", [SHAPE, (20, 30)])
def test_squares_neither_vanish_nor_overflow(size, shape):
    step = tensors(size, shape)
    scaled = np.array(exact(*step)[:3]) / size
    assert together(step)[0][:3] / size == pytest.approx(scaled, rel=1e-5)
    for sizes in together(step, tensors(1.0, shape))[:1]:  # beside others of another size
        assert sizes[:3] / size == pytest.approx(scaled, rel=1e-5)


@on_jax
@pytest.mark.parametrize("shape", [SHAPE, (20, 30)])
def test_what_is_not_finite_comes_through(shape):
    gradient, before, after = tensors(shape=shape)
    sizes = together((ops.where(gradient > 2, float("nan"), gradient), before, ops.where(before > 2, np.inf, after)))[0]
    assert np.isnan(sizes[0])
    assert sizes[1] == pytest.approx(exact(gradient, before, after).before, rel=1e-5)
    assert np.isinf(sizes[2])


@on_jax
@pytest.mark.parametrize("size", [0.0, 1e-30, 1e30])
@pytest.mark.parametrize("shape", [(), (2,), (129,), SHAPE])
@pytest.mark.parametrize("variables", [1, 2])
def test_holds_when_compiled(size, shape, variables):
    import jax

    step = tensors(shape=shape)
    step = [step[0] * size, step[1] * size, step[1] * (2 * size)]
    found = jax.jit(lambda *parts: in_one_pass(*([part] * variables for part in parts))[1])(*step)
    expected = [np.linalg.norm(ops.convert_to_numpy(step[place]).astype("float64").ravel()) for place in (0, 1, 1)]
    assert [size[0].item() for size in found[:3]] == pytest.approx(expected, rel=1e-5, abs=0)


@on_jax
def test_variables_without_entries_are_left_out():
    assert in_one_pass(*zip(tensors(shape=(0, 3)), strict=True)) is None
    places, _ = in_one_pass(*zip(tensors(shape=(0, 3)), tensors(shape=(3,)), strict=True))
    assert places == [1]


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX is where it pays")
def test_other_backends_take_one_by_one():
    assert in_one_pass(*zip(tensors(), strict=True)) is None


@on_jax
def test_a_step_says_the_same_either_way():
    step = tensors()
    _, sizes = in_one_pass(*zip(step, strict=True))
    names = ("gradient_size", "size", "change_size", "slope")
    measured = [
        [float(ops.convert_to_numpy(getattr(each, name)).item()) for name in names]
        for each in (VariableStep(sizes=sizes), VariableStep(*step))
    ]
    assert measured[0] == pytest.approx(measured[1], rel=1e-5)
