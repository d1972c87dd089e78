"""The learned slope: against NumPy, against Keras where Keras is right, and through Keras's own tests."""

import re
import unittest

import keras
import numpy as np
import pytest
from harness import check_by_keras, gradients, without_warnings_of_keras_checks

from keras_tips.layers import PReLU
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend

SHAPE = (2, 4, 5, 6)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def slopes_of(layer, shape=SHAPE):
    layer.build((None, *shape[1:]))
    return tuple(layer.alpha.shape)


@pytest.mark.parametrize(
    "arguments, input_shape",
    [({}, (2, 3)), ({"share": "neuron", "alpha_regularizer": "l2"}, (2, 3, 4)), ({"shared_axes": [-1]}, (2, 3, 4, 5))],
)
def test_passes_the_checks_of_keras(arguments, input_shape):
    losses = len({"alpha_regularizer"} & set(arguments))
    check_by_keras(PReLU, arguments, input_shape, input_shape, expected_num_trainable_weights=1, expected_num_losses=losses)


def test_passes_the_tests_that_keras_wrote_for_its_own(monkeypatch):
    from keras.src.layers.activations import prelu, prelu_test

    monkeypatch.setattr(prelu, "PReLU", PReLU)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(prelu_test.PReLUTest)
    with without_warnings_of_keras_checks():
        result = suite.run(unittest.TestResult())
    assert result.testsRun >= 2
    assert [text for _, text in result.failures + result.errors] == []


@pytest.mark.parametrize(
    "arguments, slopes",
    [
        ({}, (1, 1, 6)),
        ({"share": "channel"}, (1, 1, 6)),
        ({"share": "channel", "data_format": "channels_first"}, (4, 1, 1)),
        ({"share": "neuron"}, (4, 5, 6)),
        ({"share": "all"}, (1, 1, 1)),
        ({"shared_axes": []}, (4, 5, 6)),
        ({"shared_axes": 1}, (1, 5, 6)),
        ({"shared_axes": [1, 2]}, (1, 1, 6)),
        ({"shared_axes": (-1,)}, (4, 5, 1)),
        ({"shared_axes": [-3, 2]}, (1, 1, 6)),
        ({"shared_axes": [1, 2, 3]}, (1, 1, 1)),
    ],
)
def test_shares_slopes_along_the_axes_that_were_named(arguments, slopes):
    layer = PReLU(**arguments)
    assert slopes_of(layer) == slopes
    alpha, x = normal(*slopes, seed=1), normal(*SHAPE)
    layer.set_weights([alpha])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(x)), np.where(x > 0, x, x * alpha), rtol=1e-6)


@pytest.mark.parametrize("shared_axes", [1, [2], [1, 2], [3], [1, 2, 3]])
def test_equals_keras_where_keras_shares_the_axis_that_was_named(shared_axes):
    initializer = keras.initializers.RandomUniform(seed=1)
    ours, theirs = (kind(alpha_initializer=initializer, shared_axes=shared_axes) for kind in (PReLU, keras.layers.PReLU))
    x = normal(*SHAPE)
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (ours(x), theirs(x))), rtol=1e-6)
    assert tuple(ours.alpha.shape) == tuple(theirs.alpha.shape)


def test_the_format_of_images_says_which_axis_the_channels_are():
    assert PReLU().data_format == "channels_last"
    keras.config.set_image_data_format("channels_first")
    try:
        assert slopes_of(PReLU()) == (4, 1, 1)
    finally:
        keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("arguments", [{}, {"share": "all"}, {"shared_axes": [1, 2]}])
def test_axes_that_share_a_slope_may_be_unknown(arguments):
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, PReLU(alpha_initializer="ones", **arguments)(inputs))
    x = normal(2, 4, 5, 3)
    np.testing.assert_array_equal(model.predict(x, verbose=0), x)


@pytest.mark.parametrize("share, axes", [("channel", (0, 1, 2)), ("neuron", (0,)), ("all", (0, 1, 2, 3))])
def test_the_slope_learns_from_negative_inputs(share, axes):
    x, direction = normal(*SHAPE), normal(*SHAPE, seed=1)
    layer = PReLU(share=share, alpha_initializer=keras.initializers.Constant(0.25))
    expected = np.sum(np.minimum(x, 0) * direction, axis=axes)
    np.testing.assert_allclose(np.squeeze(gradients(layer, x, direction)["alpha"]), expected, atol=2e-5)


def test_regularizer_and_constraint_reach_the_slopes():
    layer = PReLU(alpha_initializer="ones", alpha_regularizer=keras.regularizers.L2(0.5), alpha_constraint="non_neg")
    assert slopes_of(layer) == (1, 1, 6)
    assert [float(keras.ops.convert_to_numpy(loss)) for loss in layer.losses] == [0.5 * 6]
    gradients(layer, -np.ones(SHAPE, "float32"), -np.ones(SHAPE, "float32"))  # a step that would leave slopes negative
    assert np.max(layer.get_weights()[0]) == 0.0


def test_a_mask_passes():
    masked = keras.layers.Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]], "float32"))
    assert keras.ops.convert_to_numpy(PReLU()(masked)._keras_mask).tolist() == [[True, False]]


def test_passes_all_checks_of_a_layer():
    arguments = {
        "alpha_initializer": keras.initializers.RandomUniform(seed=1),
        "alpha_regularizer": "l1",
        "alpha_constraint": "non_neg",
        "share": "neuron",
        "data_format": "channels_first",
        "shared_axes": [1, -1],
    }
    for one_of_two in ("share", "shared_axes"):
        given = {**arguments, one_of_two: None}
        report = check_layer(
            PReLU,
            given,
            (2, 3, 4),
            reference=lambda layer, x: np.where(x > 0, x, x * layer.get_weights()[0]),
            supports_masking=True,
        )
        assert {check for check, _ in report.not_examined} == {"mask", "seed"}
        config = PReLU(**given).get_config()
        assert {name: config[name] for name in ("share", "shared_axes")} == {
            name: given[name] for name in ("share", "shared_axes")
        }


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"share": "chanel"}, "Received: share='chanel'. Did you mean 'channel'?"),
        ({"share": 3}, "Received: share=3."),
        (
            {"share": "channel", "shared_axes": [1]},
            "Invalid `share`. Expected None beside shared_axes=[1]. Received: share='channel'.",
        ),
        ({"shared_axes": [1, 0]}, "Invalid `shared_axes`. Expected an axis other than 0, the batch. Received: shared_axes=0."),
        ({"shared_axes": 1.0}, "shared_axes=1.0"),
        ({"shared_axes": "1"}, "shared_axes='1'"),
        ({"data_format": "channel_last"}, "Did you mean 'channels_last'?"),
        ({"alpha_initializer": "zeroes"}, "alpha_initializer='zeroes'. Did you mean 'zeros'?"),
        ({"alpha_initializer": None}, "alpha_initializer=None"),
        ({"alpha_regularizer": "l3"}, "alpha_regularizer='l3'"),
        ({"alpha_constraint": 2}, "alpha_constraint=2"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        PReLU(**arguments)


@pytest.mark.parametrize(
    "arguments, shape, sentence",
    [
        ({"shared_axes": 4}, SHAPE, "Expected an axis from 1 to 3, or from -3 to -1. Received: shared_axes=4."),
        ({"shared_axes": -4}, SHAPE, "Received: shared_axes=-4."),
        ({"share": "neuron"}, (None, None, 3), "Received: inputs=(None, None, 3). Give the length of axis 1"),
        ({}, (None, 3, None), "Give the length of axis 2"),
    ],
)
def test_refuses_inputs_that_do_not_fit(arguments, shape, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        PReLU(**arguments).build(shape)
