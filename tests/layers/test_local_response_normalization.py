"""Local response normalization: against loops, and against TensorFlow's and PyTorch's own."""

import re

import keras
import numpy as np
import pytest
from harness import check_by_keras, check_config_is_whole, check_copies, gradients

from keras_tips.layers import LocalResponseNormalization
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend

TENSORFLOWS = {"depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5}
ALEXNETS = {"depth_radius": 2, "bias": 2.0, "alpha": 1e-4, "beta": 0.75}
ODD = {"depth_radius": 3, "bias": 0.5, "alpha": 0.7, "beta": 1.3}
ALL = [TENSORFLOWS, ALEXNETS, ODD]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def slow_normalization(x, depth_radius, bias, alpha, beta):
    outputs = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        *elsewhere, channel = place
        near = x[(*elsewhere, slice(max(0, channel - depth_radius), channel + depth_radius + 1))].astype("float64")
        outputs[place] = x[place] / (bias + alpha * (near**2).sum()) ** beta
    return outputs


@pytest.mark.parametrize("arguments, shape", [({}, (2, 3)), (ALEXNETS, (2, 3, 4, 8)), ({"axis": 1}, (2, 5, 3))])
def test_passes_the_checks_of_keras(arguments, shape):
    check_by_keras(
        LocalResponseNormalization,
        arguments,
        shape,
        shape,
        expected_num_trainable_weights=0,
        assert_built_after_instantiation=True,
    )


@pytest.mark.parametrize("arguments, shape", [(ODD, (2, 3)), (ALEXNETS, (2, 3, 4, 8)), ({"axis": 1}, (2, 5, 3))])
def test_passes_all_checks_of_layers(arguments, shape):
    named = {**TENSORFLOWS, **{name: value for name, value in arguments.items() if name != "axis"}}

    def reference(layer, x):
        return np.moveaxis(slow_normalization(np.moveaxis(x, layer.axis, -1), **named), -1, layer.axis)

    check_layer(LocalResponseNormalization, arguments, shape, reference=reference)


@pytest.mark.parametrize("arguments", ALL)
@pytest.mark.parametrize("shape", [(3, 9), (2, 3, 9), (2, 3, 2, 9), (2, 2, 3, 2, 4)])
def test_equals_the_slow_version(arguments, shape):
    x = 3 * normal(*shape)
    outputs = numpy(LocalResponseNormalization(**arguments)(x))
    np.testing.assert_allclose(outputs, slow_normalization(x, **arguments), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axis", [1, 2, -2])
def test_channels_may_stand_on_another_axis(axis):
    x = normal(2, 5, 6, 3)
    outputs = numpy(LocalResponseNormalization(**ODD, axis=axis)(x))
    expected = np.moveaxis(slow_normalization(np.moveaxis(x, axis, -1), **ODD), -1, axis)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("arguments", ALL)
def test_outputs_and_gradients_equal_those_of_tensorflow(arguments):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow's operation takes TensorFlow's tensors")
    import tensorflow as tf

    x, direction = tf.constant(normal(2, 4, 5, 70)), tf.constant(normal(2, 4, 5, 70, seed=1))
    found = []
    for function in (LocalResponseNormalization(**arguments), lambda x: tf.nn.local_response_normalization(x, **arguments)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = function(x)
            total = tf.reduce_sum(outputs * direction)
        found.append((outputs, tape.gradient(total, x)))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("arguments", ALL)
def test_outputs_and_gradients_equal_those_of_pytorch_whose_alpha_is_divided_by_the_size(arguments):
    if keras.backend.backend() != "torch":
        pytest.skip("PyTorch's layer takes PyTorch's tensors")
    import torch

    size = 2 * arguments["depth_radius"] + 1
    theirs = torch.nn.LocalResponseNorm(size, arguments["alpha"] * size, arguments["beta"], arguments["bias"])
    found = []
    for function in (LocalResponseNormalization(**arguments, axis=1), theirs):
        x = torch.tensor(normal(2, 70, 4, 5), requires_grad=True)
        outputs = function(x)
        (outputs * torch.tensor(normal(2, 70, 4, 5, seed=1))).sum().backward()
        found.append((outputs.detach(), x.grad))
    for ours, others in zip(*found, strict=True):
        np.testing.assert_allclose(ours, others, rtol=1e-5, atol=1e-5)


def test_gradients_reach_the_layer_before():
    """The step of training, against the derivative worked out by hand."""
    x, direction = normal(6, 4), normal(6, 4, seed=1)
    radius, bias, alpha, beta = 1, 0.5, 0.7, 1.3
    scale = keras.layers.Dense(4, use_bias=False, kernel_initializer="identity")
    model = keras.Sequential([scale, LocalResponseNormalization(radius, bias, alpha, beta)])
    found = gradients(model, x, direction)
    near = np.abs(np.subtract.outer(np.arange(4), np.arange(4))) <= radius
    total = bias + alpha * (x**2) @ near
    inner = direction * total**-beta - 2 * alpha * beta * x * ((direction * x * total ** (-beta - 1)) @ near)
    np.testing.assert_allclose(next(iter(found.values())), x.T @ inner, rtol=1e-4, atol=1e-5)


def test_gradients_have_gradients():
    """Which TensorFlow's own operation lacks; the curvature of a loss needs them."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("written with TensorFlow's tapes")
    import tensorflow as tf

    layer, x, step = LocalResponseNormalization(**ODD), normal(2, 5), 1e-3

    def slopes(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = tf.reduce_sum(layer(values) ** 2)
        return tape.gradient(outputs, values)

    with tf.GradientTape() as tape:
        values = tf.constant(x)
        tape.watch(values)
        total = tf.reduce_sum(slopes(values))
    found = tape.gradient(total, values)
    for place in np.ndindex(x.shape):
        there, back = (x + sign * step * (np.arange(10).reshape(2, 5) == place[0] * 5 + place[1]) for sign in (1, -1))
        sums = [slopes(tf.constant(each, "float32")).numpy().sum() for each in (there, back)]
        assert float(found[place]) == pytest.approx((sums[0] - sums[1]) / (2 * step), abs=2e-2)


@pytest.mark.parametrize("policy, tolerance", [("mixed_float16", 2e-3), ("mixed_bfloat16", 1e-2)])
def test_squares_do_not_overflow_in_half_precision(policy, tolerance):
    x = 2000 * normal(2, 3, 8)  # squares of 4 million; float16 ends at 65504
    layer = LocalResponseNormalization(depth_radius=2, alpha=1e-3, dtype=policy)
    outputs = layer(x)
    assert keras.backend.standardize_dtype(outputs.dtype) == policy.removeprefix("mixed_")
    expected = slow_normalization(x, 2, 1.0, 1e-3, 0.5)
    np.testing.assert_allclose(numpy(keras.ops.cast(outputs, "float32")), expected, rtol=5 * tolerance, atol=tolerance)


def test_no_strength_and_no_exponent_are_allowed():
    x = normal(2, 5)
    np.testing.assert_allclose(numpy(LocalResponseNormalization(alpha=0.0, bias=4.0)(x)), x / 2, rtol=1e-6)
    np.testing.assert_allclose(numpy(LocalResponseNormalization(beta=0.0)(x)), x, rtol=1e-6)


def test_unknown_axes_whole_numbers_and_masks_pass():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, LocalResponseNormalization()(inputs))
    x = normal(2, 4, 5, 3)
    np.testing.assert_allclose(model.predict(x, verbose=0), slow_normalization(x, **TENSORFLOWS), rtol=1e-5)
    assert numpy(LocalResponseNormalization(alpha=0.0, bias=4.0)(np.array([[2, 4]]))).tolist() == [[1.0, 2.0]]
    masked = keras.layers.Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]], "float32"))
    assert numpy(LocalResponseNormalization()(masked)._keras_mask).tolist() == [[True, False]]


def test_masked_elements_along_the_axis_do_not_count():
    x, mask = normal(1, 5, 3), np.array([[True, True, True, False, False]])
    outputs = numpy(LocalResponseNormalization(**ODD, axis=1)(x, mask=keras.ops.convert_to_tensor(mask)))
    short = numpy(LocalResponseNormalization(**ODD, axis=1)(x[:, :3]))
    np.testing.assert_allclose(outputs[:, :3], short, rtol=1e-5)


def test_trains_compiled():
    model = keras.Sequential([keras.Input((5, 5, 4)), LocalResponseNormalization(), keras.layers.Conv2D(2, 3)])
    model.compile("sgd", "mse", jit_compile=keras.backend.backend() != "torch")
    model.fit(normal(4, 5, 5, 4), normal(4, 3, 3, 2), verbose=0)


def test_config_and_copies(tmp_path):
    arguments = {**ALEXNETS, "axis": 1}
    check_config_is_whole(LocalResponseNormalization(**arguments), arguments)
    check_copies(LocalResponseNormalization(**arguments), normal(4, 6, 2), tmp_path)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"depth_radius": -1}, "Invalid `depth_radius`. Expected a whole number of at least 0. Received: depth_radius=-1."),
        ({"depth_radius": 2.0}, "depth_radius=2.0"),
        ({"depth_radius": True}, "depth_radius=True"),
        ({"bias": 0}, "Invalid `bias`. Expected a number in (0, inf). Received: bias=0."),
        ({"bias": float("nan")}, "bias=nan"),
        ({"alpha": -1.0}, "Received: alpha=-1.0."),
        ({"alpha": "1"}, "Received: alpha='1'."),
        ({"beta": -0.5}, "Received: beta=-0.5."),
        ({"beta": None}, "Received: beta=None."),
        ({"axis": 0}, "Invalid `axis`. Expected an axis other than 0, the batch. Received: axis=0."),
        ({"axis": "channels_first"}, "axis='channels_first'"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        LocalResponseNormalization(**arguments)


@pytest.mark.parametrize(
    "axis, shape, sentence",
    [(3, (None, 4), "Received: axis=3."), (-1, (None, 4, None), "Expected one of known length in (None, 4, None).")],
)
def test_refuses_inputs_that_do_not_fit(axis, shape, sentence):
    layer = LocalResponseNormalization(axis=axis)
    for call in (lambda: layer(keras.Input(shape[1:])), lambda: layer.compute_output_shape(shape)):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            call()
