"""Orthonormal kernels of every shape."""

import numpy as np
import pytest

from keras_tips.initializers.orthonormal import orthonormal


def check_is_orthonormal(matrix):
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-5)


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (3, 3, 2, 5), (2, 1, 20)])
def test_the_last_axis_are_the_outputs(shape):
    kernel = orthonormal(shape, seed=0)
    assert kernel.shape == shape
    check_is_orthonormal(kernel.reshape(-1, shape[-1]))


@pytest.mark.parametrize(
    "equation, shape, inputs_first",
    [
        ("abc,cde->abde", (6, 2, 3), (0, 1, 2)),  # queries of attention: 6 inputs, 2 heads of 3
        ("abcd,cde->abe", (2, 3, 4), (0, 1, 2)),  # its outputs: 2 heads of 3 inputs, 4 outputs
        ("ab, cdb -> acd", (2, 3, 4), (2, 0, 1)),
        ("...x,yx->...y", (3, 5), (1, 0)),
    ],
)
def test_an_equation_tells_inputs_and_outputs_apart(equation, shape, inputs_first):
    kernel = orthonormal(shape, seed=0, equation=equation)
    assert kernel.shape == shape
    count = {"abc,cde->abde": 6, "abcd,cde->abe": 6, "ab, cdb -> acd": 4, "...x,yx->...y": 5}[equation]
    check_is_orthonormal(kernel.transpose(inputs_first).reshape(count, -1))


def test_directions_are_as_likely_as_their_opposites():
    """A decomposition alone would give first entries of one sign."""
    first = [orthonormal((3, 3), seed)[0, 0] for seed in range(200)]
    assert 70 < sum(entry > 0 for entry in first) < 130


def test_seeds():
    first, again, other = (orthonormal((4, 4), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()
