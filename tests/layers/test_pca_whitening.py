"""White inputs, against scikit-learn's PCA."""

import re

import keras
import numpy as np
import pytest
from harness import check_config_is_whole
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from keras_tips.layers import PCAWhitening
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend


def data(examples=200, features=6, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(examples, features)) @ rng.normal(size=(features, features)) + 3).astype("float32")


def adapted(x, **arguments):
    layer = PCAWhitening(**arguments)
    layer.adapt(x)
    return layer


def outputs(layer, x):
    return keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(x)))


@pytest.mark.parametrize(
    "arguments, shape",
    [
        ({}, (40, 3)),
        ({"zca": True, "epsilon": 0.1}, (40, 2, 3)),
        ({"invert": True}, (40, 1, 2, 3)),
        ({"zca": True, "invert": True}, (40, 3)),
    ],
)
def test_passes_all_checks_of_a_layer(arguments, shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    report = check_layer(PCAWhitening, arguments, inputs=x, expected_output_shape=shape)
    assert "keras_harness" in report.passed


@pytest.mark.parametrize("offset, scales", [(0, 1), (10000, 1), (0, [1, 10, 100, 1, 0.1, 0.01])])
def test_equals_scikit_learn_signs_included(offset, scales):
    x, unseen = ((data(seed=seed) * scales + offset).astype("float32") for seed in (0, 1))
    reference = PCA(whiten=True, svd_solver="full").fit(x.astype("float64"))
    for rows in (x, unseen):
        np.testing.assert_allclose(outputs(adapted(x), rows), reference.transform(rows.astype("float64")), rtol=1e-4, atol=1e-4)


def test_in_float64_it_equals_scikit_learn_to_the_rounding_of_doubles():
    if keras.backend.backend() == "jax":
        pytest.skip("JAX computes in float32 unless it is told otherwise when it starts")
    x = data().astype("float64") + 1e4
    white = adapted(x, dtype="float64")(keras.ops.convert_to_tensor(x, "float64"))
    reference = PCA(whiten=True, svd_solver="full").fit_transform(x)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(white), reference, atol=1e-8)


@pytest.mark.parametrize("zca", [False, True])
def test_outputs_are_uncorrelated_and_of_unit_variance(zca):
    x = data(500)
    white = outputs(adapted(x, zca=zca), x)
    np.testing.assert_allclose(np.cov(white.T), np.eye(6), atol=1e-4)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-5)


def test_zca_is_the_inverse_square_root_of_the_covariance():
    x = data(500)
    values, vectors = np.linalg.eigh(np.cov(x.T.astype("float64")) + 0.2 * np.eye(6))
    root = vectors / np.sqrt(values) @ vectors.T
    np.testing.assert_allclose(outputs(adapted(x, zca=True, epsilon=0.2), x), (x - x.mean(axis=0)) @ root, atol=1e-4)


def test_directions_come_greatest_variance_first():
    layer = adapted(data())
    deviation = keras.ops.convert_to_numpy(layer.deviation)
    assert np.all(np.diff(deviation) < 0)
    np.testing.assert_allclose(deviation**2, PCA().fit(data().astype("float64")).explained_variance_, rtol=1e-5)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer.components).T, PCA().fit(data().astype("float64")).components_, atol=1e-5
    )


@pytest.mark.parametrize("zca", [False, True])
@pytest.mark.parametrize("epsilon", [0.0, 0.5])
def test_inverse_gives_the_inputs_back(zca, epsilon):
    x = data()
    layer = adapted(x, zca=zca, epsilon=epsilon)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.inverse(layer(x))), x, atol=1e-4)


@pytest.mark.parametrize("zca", [False, True])
def test_images_are_whitened_as_rows_and_keep_their_shape(zca):
    x = data(100, 12)
    images = x.reshape(100, 2, 3, 2)
    whole = outputs(adapted(images, zca=zca), images)
    np.testing.assert_allclose(whole.reshape(100, 12), outputs(adapted(x, zca=zca), x), atol=1e-5)


def test_says_what_it_does_with_directions_without_variance():
    x = data(features=3)
    x = np.concatenate([x, x[:, :1] + x[:, 1:2], np.full((200, 1), 7, "float32")], axis=1)
    sentence = "PCAWhitening 'white': 2 of 5 directions have no variance and come out as 0: constant or collinear columns"
    with pytest.warns(UserWarning, match=re.escape(sentence)):
        layer = adapted(x, name="white")
    assert layer.rank == 3
    white = outputs(layer, x)
    assert np.all(white[:, 3:] == 0)
    np.testing.assert_allclose(
        white[:, :3], PCA(3, whiten=True, svd_solver="full").fit_transform(x.astype("float64")), atol=1e-4
    )
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.inverse(white)), x, atol=1e-4)


@pytest.mark.filterwarnings("ignore:.*directions have no variance")
@pytest.mark.parametrize("zca", [False, True])
def test_fewer_examples_than_features(zca):
    x = data(5, 8)
    layer = adapted(x, zca=zca)
    assert layer.rank == 4
    assert np.all(np.isfinite(outputs(layer, data(20, 8, seed=1))))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.inverse(layer(x))), x, atol=1e-4)


@pytest.mark.filterwarnings("ignore:.*directions have no variance")
@pytest.mark.parametrize("epsilon", [0.0, 0.5])
def test_data_without_any_variance(epsilon):
    x = np.full((10, 3), 7.0, "float32")
    layer = adapted(x, epsilon=epsilon)
    assert layer.rank == 0
    assert np.all(outputs(layer, x + 1) == 0)


@pytest.mark.filterwarnings("ignore:.*directions have no variance")
def test_handwritten_digits_as_scikit_learn_whitens_them():
    x = load_digits().data
    layer = adapted(x)
    pixels = np.linalg.matrix_rank(x - x.mean(axis=0))
    assert layer.rank == pixels
    reference = PCA(pixels, whiten=True, svd_solver="full").fit_transform(x)
    np.testing.assert_allclose(outputs(layer, x)[:, :pixels], reference, atol=1e-4)


def test_needs_two_examples():
    with pytest.raises(ValueError, match=r"Expected two examples or more\. Received: data=1\. One example has no variance\."):
        adapted(data(1))


def test_masks_do_not_pass_because_outputs_depend_on_all_steps():
    assert PCAWhitening().supports_masking is False


def test_config():
    arguments = {"zca": True, "epsilon": 0.5, "invert": True}
    check_config_is_whole(PCAWhitening(**arguments), arguments)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"zca": 1}, "Invalid `zca`. Expected True or False. Received: zca=1."),
        ({"zca": "zca"}, "zca='zca'"),
        ({"epsilon": -1e-9}, "Invalid `epsilon`. Expected a number in [0, inf). Received: epsilon=-1e-09."),
        ({"epsilon": float("nan")}, "epsilon=nan"),
        ({"epsilon": True}, "epsilon=True"),
        ({"epsilon": "small"}, "epsilon='small'"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        PCAWhitening(**arguments)


@pytest.mark.parametrize("shape", [(None,), (None, None, 3), (None, 3, None)])
def test_refuses_inputs_that_do_not_fit(shape):
    sentence = re.escape(f"Expected examples of known shape, (batch, ...). Received: inputs={shape}.")
    with pytest.raises(ValueError, match=sentence):
        PCAWhitening().build(shape)
