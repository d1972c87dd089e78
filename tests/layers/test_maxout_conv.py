"""Convolutions of maxout filters, against Keras's own convolutions, piece by piece."""

import re

import keras
import numpy as np
import pytest
from harness import check_by_keras, gradients

from keras_tips.layers import MaxoutConv1D, MaxoutConv2D, MaxoutConv3D, MaxoutDense
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend

OURS = {1: MaxoutConv1D, 2: MaxoutConv2D, 3: MaxoutConv3D}
THEIRS = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D, 3: keras.layers.Conv3D}
SHAPES = {1: (2, 7, 4), 2: (2, 7, 6, 4), 3: (2, 5, 6, 5, 4)}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def filled(layer, input_shape):
    """The layer with weights that are neither zero nor alike."""
    layer.build((None, *input_shape[1:]))
    layer.set_weights([normal(*weight.shape, seed=number) for number, weight in enumerate(layer.weights)])
    return layer


def piece_by_piece(layer, x, **arguments):
    """Every piece by a convolution of Keras's own, channels last; shape (batch, ..., filters, pieces)."""
    kernel, bias = layer.get_weights()
    outputs = []
    for piece in range(layer.pieces):
        conv = THEIRS[layer.rank](layer.filters, layer.kernel_size, data_format="channels_last", **arguments)
        conv.build(x.shape)
        conv.set_weights([kernel[..., piece :: layer.pieces], bias[piece :: layer.pieces]])
        outputs.append(keras.ops.convert_to_numpy(conv(x)))
    return np.stack(outputs, axis=-1)


CASES = [
    (1, {"kernel_size": 3}),
    (1, {"kernel_size": 3, "padding": "causal", "dilation_rate": 2}),
    (1, {"kernel_size": 2, "padding": "same", "strides": 3}),
    (2, {"kernel_size": 3}),
    (2, {"kernel_size": (3, 2), "padding": "same", "strides": (2, 1)}),
    (2, {"kernel_size": 2, "dilation_rate": (2, 1)}),
    (2, {"kernel_size": 3, "groups": 2}),
    (3, {"kernel_size": 2}),
    (3, {"kernel_size": (1, 3, 2), "padding": "same", "strides": 2}),
]


@pytest.mark.parametrize("rank, arguments", CASES)
def test_equals_the_maximum_of_keras_convolutions(rank, arguments):
    x = normal(*SHAPES[rank], seed=9)
    layer = filled(OURS[rank](filters=6, pieces=3, data_format="channels_last", **arguments), x.shape)
    rest = {name: value for name, value in arguments.items() if name != "kernel_size"}
    pieces = piece_by_piece(layer, x, **rest)
    outputs = keras.ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(outputs, pieces.max(-1), rtol=1e-4, atol=1e-4)
    assert layer.compute_output_shape((None, *x.shape[1:])) == (None, *outputs.shape[1:])
    assert layer.compute_output_shape((None,) * (rank + 1) + (4,))[-1] == 6


@pytest.mark.parametrize("rank, arguments", CASES)
def test_channels_first_is_the_same_turned(rank, arguments):
    x = normal(*SHAPES[rank], seed=9)
    last = filled(OURS[rank](filters=6, pieces=3, data_format="channels_last", **arguments), x.shape)
    first = OURS[rank](filters=6, pieces=3, data_format="channels_first", **arguments)
    turned = np.moveaxis(x, -1, 1)
    first.build(turned.shape)
    first.set_weights(last.get_weights())
    outputs = keras.ops.convert_to_numpy(first(turned))
    np.testing.assert_allclose(np.moveaxis(outputs, 1, -1), keras.ops.convert_to_numpy(last(x)), rtol=1e-4, atol=1e-4)
    assert first.compute_output_shape((None, *turned.shape[1:])) == (None, *outputs.shape[1:])
    np.testing.assert_array_equal(
        np.moveaxis(keras.ops.convert_to_numpy(first.winners(turned)), 1, -1), keras.ops.convert_to_numpy(last.winners(x))
    )


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_winners_are_the_pieces_that_are_highest(rank):
    x = normal(*SHAPES[rank], seed=9)
    layer = filled(OURS[rank](filters=5, kernel_size=2, pieces=3), x.shape)
    winners = keras.ops.convert_to_numpy(layer.winners(x))
    np.testing.assert_array_equal(winners, piece_by_piece(layer, x).argmax(-1))
    assert set(np.unique(winners)) == {0, 1, 2}


def test_a_window_of_one_place_is_a_dense_layer():
    x = normal(2, 4, 3, 5)
    conv, dense = filled(MaxoutConv2D(6, 1, pieces=4), x.shape), MaxoutDense(6, pieces=4)
    dense.build(x.shape)
    dense.set_weights([conv.get_weights()[0][0, 0], conv.get_weights()[1]])
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (conv(x), dense(x))), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_passes_the_checks_of_keras(rank):
    shape = SHAPES[rank]
    arguments = {"filters": 3, "kernel_size": 2, "kernel_regularizer": "l2", "activity_regularizer": "l1"}
    check_by_keras(
        OURS[rank],
        arguments,
        shape,
        (shape[0], *(length - 1 for length in shape[1:-1]), 3),
        expected_num_trainable_weights=2,
        expected_num_losses=2,
        masks=False,
    )


def test_weights_have_the_fans_of_one_piece():
    layer = MaxoutConv2D(filters=20, kernel_size=3, pieces=4)
    layer.build((None, 8, 8, 10))
    kernel = layer.get_weights()[0]
    bound = np.sqrt(6 / (9 * 10 + 9 * 20))  # Glorot's for a convolution of 20 filters; for 80 it would be 0.086
    assert kernel.shape == (3, 3, 10, 80)
    assert 0.98 * bound < np.abs(kernel).max() <= bound


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_piece_is_trained_by_the_places_it_wins(data_format):
    x, direction = normal(2, 5, 6, 3), normal(2, 4, 5, 4, seed=1)
    layer = filled(MaxoutConv2D(4, 2, pieces=3, data_format=data_format), x.shape if data_format[9] == "l" else (2, 3, 5, 6))
    kernel, bias = (np.array(weight) for weight in layer.get_weights())
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))  # (2, 4, 5, 3, 2, 2)
    pieces = np.einsum("bijchw,hwcf->bijf", windows, kernel) + bias
    won = np.eye(3)[pieces.reshape(2, 4, 5, 4, 3).argmax(-1)] * direction[..., None]
    if data_format == "channels_first":
        x, direction = np.moveaxis(x, -1, 1), np.moveaxis(direction, -1, 1)
    found = gradients(layer, x, direction)
    expected = np.einsum("bijchw,bijf->hwcf", windows, won.reshape(2, 4, 5, 12))
    np.testing.assert_allclose(found["kernel"], expected, atol=1e-4)
    np.testing.assert_allclose(found["bias"], won.reshape(-1, 12).sum(0), atol=1e-4)


def test_images_of_unknown_size():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, MaxoutConv2D(4, 3, padding="same")(inputs))
    assert model.output_shape == (None, None, None, 4)
    for height, width in ((5, 6), (9, 4)):
        assert model.predict(normal(2, height, width, 3), verbose=0).shape == (2, height, width, 4)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_passes_all_checks_of_a_layer(rank):
    arguments = {
        "filters": 4,
        "kernel_size": 2,
        "pieces": 3,
        "strides": 2,
        "padding": "same",
        "groups": 2,
        "activation": "tanh",
        "use_bias": False,
        "kernel_initializer": keras.initializers.HeNormal(seed=1),
        "bias_initializer": "ones",
        "kernel_regularizer": "l1",
        "bias_regularizer": "l2",
        "activity_regularizer": "l1",
        "kernel_constraint": "max_norm",
        "bias_constraint": "non_neg",
    }

    def reference(layer, x):
        return np.tanh(piece_by_piece(layer, x, strides=2, padding="same", groups=2).max(-1))

    report = check_layer(OURS[rank], {**arguments, "use_bias": True}, SHAPES[rank], reference=reference)
    assert "channels_first" in report.passed, report
    check_layer(OURS[rank], {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "use_bias": False}, SHAPES[rank])


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"filters": 0}, "Invalid `filters`. Expected a whole number of at least 1. Received: filters=0."),
        ({"kernel_size": 0}, "Received: kernel_size=0."),
        (
            {"kernel_size": (3, 3, 3)},
            "Expected a whole number or 2 of them, one for each spatial axis. Received: kernel_size=(3, 3, 3).",
        ),
        ({"kernel_size": 2.5}, "kernel_size=2.5"),
        ({"pieces": 0}, "pieces=0"),
        ({"strides": -1}, "strides=-1"),
        ({"padding": "sam"}, "Received: padding='sam'. Did you mean 'same'?"),
        ({"padding": "causal"}, "padding='causal'"),
        ({"data_format": "channel_first"}, "Did you mean 'channels_first'?"),
        ({"strides": 2, "dilation_rate": 2}, "Expected 1 beside strides=(2, 2). Received: dilation_rate=2."),
        ({"groups": 3}, "Invalid `groups`. Expected a divisor of filters=4. Received: groups=3."),
        ({"activation": "rleu"}, "Did you mean 'relu'?"),
        ({"kernel_initializer": None}, "kernel_initializer=None"),
        ({"use_bias": 1}, "use_bias=1"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        MaxoutConv2D(**{"filters": 4, "kernel_size": 3, **arguments})


@pytest.mark.parametrize(
    "arguments, shape, sentence",
    [
        ({}, (None, 8, 3), "Expected inputs with 4 axes: batch, channels and 2 in space. Received: inputs=(None, 8, 3)."),
        ({}, (None, 8, 8, None), "Expected channels of known number (channels_last)."),
        (
            {"groups": 2},
            (None, 8, 8, 3),
            "Invalid `groups`. Expected a divisor of 3, the inputs' channels. Received: groups=2.",
        ),
        ({}, (None, 2, 8, 3), "Expected at least 3 places along each spatial axis for kernel_size=(3, 3)."),
    ],
)
def test_refuses_inputs_that_do_not_fit(arguments, shape, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        MaxoutConv2D(4, 3, data_format="channels_last", **arguments).build(shape)
