"""The backend's gradient against formulas, and a function whose value is asked for often."""

import keras
import numpy as np
import pytest

from keras_tips.testing.automatic_gradient import automatic_gradient, value_at

pytestmark = pytest.mark.backend


def variable(values, trainable=True):
    return keras.Variable(np.array(values, "float32"), trainable=trainable)


def test_gradients_of_inputs_and_weights():
    x, weight = np.array([[1.0, -2.0]], "float32"), variable([3.0, 4.0])
    of_x, of_weight = automatic_gradient(lambda tensors: keras.ops.sum(tensors[0] ** 2 * weight), [x], [weight])
    np.testing.assert_allclose(of_x, [[6.0, -16.0]])
    np.testing.assert_allclose(of_weight, [1.0, 4.0])


def test_what_has_no_influence_has_gradient_zero():
    x, weight = np.ones((2, 2), "float32"), variable([1.0])
    of_x, of_weight = automatic_gradient(lambda tensors: keras.ops.sum(weight * weight), [x], [weight])
    np.testing.assert_array_equal(of_x, np.zeros((2, 2)))
    np.testing.assert_allclose(of_weight, [2.0])


def test_the_gradient_of_a_table_is_whole():
    table = variable(np.arange(6.0).reshape(3, 2))
    rows = np.array([0, 2, 2])
    (found,) = automatic_gradient(lambda tensors: keras.ops.sum(keras.ops.take(table, rows, axis=0)), [], [table])
    np.testing.assert_array_equal(found, [[1.0, 1.0], [0.0, 0.0], [2.0, 2.0]])


def test_values_at_points_leave_other_variables_alone():
    weight, count = variable([2.0]), variable([1.0], trainable=False)

    def total(tensors):
        result = keras.ops.sum(tensors[0] * weight * count)
        count.assign(count + 1.0)
        return result

    value = value_at(total, 1, [weight], [count])
    points = [np.array([3.0], "float32"), np.array([5.0], "float32")]
    assert [value(points) for _ in range(3)] == [15.0, 15.0, 15.0]
    assert value([points[0], np.array([7.0], "float32")]) == 21.0
