"""Extreme eigenvalues of Hessians, against matrices that are written down."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tips.probes.curvature import extreme_curvatures
from keras_tips.probes.second_order import second_order

pytestmark = pytest.mark.backend
RNG = np.random.default_rng(0)


def matrix_with(values):
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(len(values), len(values))))[0]
    return turned @ np.diag(values) @ turned.T


def extremes(matrix, **options):
    return extreme_curvatures(lambda vector: matrix @ vector, len(matrix), **options)


def test_a_small_matrix_is_exact():
    np.testing.assert_allclose(extremes(matrix_with([5.0, 1.0, 0.0, -3.0])), [5.0, -3.0], rtol=1e-6)


def test_outliers_of_a_large_one_are_close():
    values = np.r_[np.linspace(-0.1, 0.2, 300), 4.0, 9.0, -1.5]
    np.testing.assert_allclose(extremes(matrix_with(values)), [9.0, -1.5], rtol=0.03)


@pytest.mark.parametrize(
    "values, ends", [([0.0] * 5, (0, 0)), ([2.0] * 6, (2, 2)), ([0.0] * 50 + [7.0], (7, 0)), ([-4.0], (-4, -4))]
)
def test_spaces_that_are_soon_exhausted(values, ends):
    np.testing.assert_allclose(extremes(matrix_with(values)), ends, atol=1e-6)


def test_rounding_makes_no_directions():
    """In float32, as backends give the products."""
    matrix = matrix_with(np.r_[3.0, 1.0, np.zeros(200)]).astype("float32")
    found = extreme_curvatures(lambda vector: (matrix @ vector.astype("float32")).astype("float64"), 202)
    np.testing.assert_allclose(found, [3.0, 0.0], atol=1e-4)


def test_it_can_be_ended():
    assert extremes(matrix_with([1.0, 2.0]), go_on=lambda: False) is None


def test_what_is_not_finite_is_told():
    assert np.isnan(extremes(np.full((3, 3), np.nan))).all()


def small_network():
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(2)])
    x, y = (RNG.normal(size=shape).astype("float32") for shape in ((20, 3), (20, 2)))
    return model, (ops.convert_to_tensor(x), ops.convert_to_tensor(y))


def in_numpy(model, x, y):
    """The loss of the network as a function of its weights, in float64."""
    shapes = [tuple(each.shape) for each in model.trainable_variables]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])

    def loss(vector):
        kernel, bias, last, shift = (
            part.reshape(shape) for part, shape in zip(np.split(vector, ends[:-1]), shapes, strict=True)
        )
        return np.mean((np.tanh(x @ kernel + bias) @ last + shift - y) ** 2)

    start = np.concatenate([ops.convert_to_numpy(each).ravel() for each in model.trainable_variables]).astype("float64")
    return loss, start


def numeric_hessian(loss, start, step=1e-4):
    size = len(start)
    moved = np.eye(size) * step
    return np.array(
        [
            [
                (loss(start + a + b) - loss(start + a - b) - loss(start - a + b) + loss(start - a - b)) / (4 * step**2)
                for b in moved
            ]
            for a in moved
        ]
    )


def test_gradient_and_hessian_of_a_network():
    model, (x, y) = small_network()
    loss, start = in_numpy(model, ops.convert_to_numpy(x), ops.convert_to_numpy(y))
    found = second_order(lambda data: ops.mean((model(data[0]) - data[1]) ** 2), (x, y), model.trainable_variables)
    hessian = numeric_hessian(loss, start)
    assert found.value == pytest.approx(loss(start), rel=1e-5)
    slope = [(loss(start + step) - loss(start - step)) / 2e-5 for step in np.eye(len(start)) * 1e-5]
    np.testing.assert_allclose(found.gradient, slope, atol=1e-5)
    product = np.array([found.product(direction) for direction in np.eye(len(start))])
    np.testing.assert_allclose(product, hessian, atol=1e-4)
    values = np.linalg.eigvalsh(hessian)
    np.testing.assert_allclose(extreme_curvatures(found.product, len(start)), [values[-1], values[0]], atol=0.02 * values[-1])


def test_weights_without_influence_and_tables():
    table, idle = keras.Variable(np.array([[1.0], [2.0], [3.0]])), keras.Variable(np.ones(2))
    rows = ops.convert_to_tensor(np.array([0, 2, 2]))
    found = second_order(lambda data: ops.sum(ops.take(table, data, axis=0) ** 2), rows, [table, idle])
    np.testing.assert_allclose(found.gradient, [2.0, 0.0, 12.0, 0.0, 0.0])
    np.testing.assert_allclose(found.product(np.ones(5)), [2.0, 0.0, 4.0, 0.0, 0.0])


def test_a_plane_has_no_curvature():
    weight = keras.Variable(np.ones(3))
    found = second_order(lambda data: ops.sum(data * weight), ops.ones(3), [weight])
    assert extreme_curvatures(found.product, 3) == (0.0, 0.0)
