"""The dense layer of maxout units, against loops, against `keras.layers.Dense`, and on what it should learn."""

import re

import keras
import numpy as np
import pytest
from harness import check_by_keras, gradients

from keras_tips.layers import MaxoutDense
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def built(inputs=5, **arguments):
    layer = MaxoutDense(**arguments)
    layer.build((None, inputs))
    return layer


def kernel_of(layer):
    return layer.get_weights()[0]


def slow_maxout_dense(x, kernel, bias, units, pieces):
    out = np.zeros((len(x), units))
    for row in range(len(x)):
        for unit in range(units):
            sums = [x[row] @ kernel[:, unit * pieces + piece] + bias[unit * pieces + piece] for piece in range(pieces)]
            out[row, unit] = max(sums)
    return out


@pytest.mark.parametrize(
    "arguments, input_shape, output_shape, losses",
    [
        ({"units": 3}, (2, 4), (2, 3), 0),
        ({"units": 3, "pieces": 5, "activation": "tanh"}, (2, 7, 4), (2, 7, 3), 0),
        ({"units": 2, "kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l2"}, (2, 4), (2, 2), 3),
    ],
)
def test_passes_the_checks_of_keras(arguments, input_shape, output_shape, losses):
    check_by_keras(
        MaxoutDense, arguments, input_shape, output_shape, expected_num_trainable_weights=2, expected_num_losses=losses
    )


def test_equals_the_slow_version():
    x, kernel, bias = normal(7, 5), normal(5, 4 * 3, seed=1), normal(4 * 3, seed=2)
    layer = built(units=4, pieces=3)
    layer.set_weights([kernel, bias])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(x)), slow_maxout_dense(x, kernel, bias, 4, 3), rtol=1e-5, atol=1e-5
    )


def test_one_piece_is_a_dense_layer():
    arguments = {
        "activation": "tanh",
        "kernel_initializer": keras.initializers.GlorotUniform(seed=3),
        "bias_initializer": "ones",
    }
    x = normal(6, 5)
    ours, theirs = MaxoutDense(4, pieces=1, **arguments), keras.layers.Dense(4, **arguments)
    np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (ours(x), theirs(x))), rtol=1e-5, atol=1e-6)


def test_leaves_out_the_bias():
    layer = built(units=4, use_bias=False)
    assert [tuple(weight.shape) for weight in layer.weights] == [(5, 8)]
    assert layer.bias is None


def test_weights_have_the_fans_of_one_piece():
    kernel = kernel_of(built(inputs=40, units=60, pieces=4))
    bound = np.sqrt(6 / (40 + 60))  # Glorot's for 40 inputs and 60 outputs; for 240 outputs it would be 0.146
    assert 0.98 * bound < np.abs(kernel).max() <= bound


def test_initializers_that_need_the_shape_of_a_piece_get_it():
    kernel = kernel_of(built(inputs=8, units=3, pieces=4, kernel_initializer="orthogonal"))
    for piece in range(4):
        columns = kernel[:, piece::4]  # (8, 3)
        np.testing.assert_allclose(columns.T @ columns, np.eye(3), atol=1e-5)


def test_biases_of_pieces_begin_apart_too():
    initializer = keras.initializers.RandomNormal(seed=7)
    bias = built(units=4, pieces=3, bias_initializer=initializer).get_weights()[1]
    np.testing.assert_array_equal(bias[0::3], keras.ops.convert_to_numpy(initializer((4,))))  # as in a dense layer
    assert len(np.unique(bias)) == bias.size


def test_winners_are_the_pieces_that_are_highest():
    x, kernel, bias = normal(7, 5), normal(5, 4 * 3, seed=1), normal(4 * 3, seed=2)
    layer = MaxoutDense(units=4, pieces=3)
    assert keras.ops.convert_to_numpy(layer.winners(x)).shape == (7, 4)  # builds what is not built
    layer.set_weights([kernel, bias])
    winners = keras.ops.convert_to_numpy(layer.winners(x))
    np.testing.assert_array_equal(winners, (x @ kernel + bias).reshape(7, 4, 3).argmax(-1))
    assert set(np.unique(winners)) == {0, 1, 2}


@pytest.mark.parametrize("initializer", [keras.initializers.GlorotUniform(seed=7), "he_normal"])
def test_pieces_begin_apart(initializer):
    kernel = kernel_of(built(units=4, pieces=3, kernel_initializer=initializer)).reshape(5, 4, 3)
    assert len(np.unique(kernel)) == kernel.size


def test_a_seed_gives_one_kernel():
    first, again, other = (
        kernel_of(built(units=4, kernel_initializer=keras.initializers.HeNormal(seed=seed))) for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()  # also no piece of the one is another piece of the other


def test_the_seed_of_the_program_gives_one_kernel():
    kernels = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        kernels.append(kernel_of(built(units=4)))
    np.testing.assert_array_equal(*kernels)


def test_a_piece_is_trained_by_the_examples_it_wins():
    x, direction = normal(9, 5), normal(9, 4, seed=1)
    layer = built(units=4, pieces=3)
    layer.set_weights([normal(5, 12, seed=2), normal(12, seed=3)])
    kernel, bias = (np.array(weight) for weight in layer.get_weights())
    winners = (x @ kernel + bias).reshape(9, 4, 3).argmax(-1)
    won = np.eye(3)[winners] * direction[..., None]  # (9, 4, 3): each unit's direction, at its winner
    found = gradients(layer, x, direction)
    np.testing.assert_allclose(found["kernel"], x.T @ won.reshape(9, 12), atol=2e-5)
    np.testing.assert_allclose(found["bias"], won.reshape(9, 12).sum(0), atol=2e-5)


def test_regularizers_and_constraints_reach_the_weights():
    layer = built(
        units=2,
        kernel_initializer="ones",
        bias_initializer="ones",
        kernel_regularizer=keras.regularizers.L2(0.5),
        bias_regularizer=keras.regularizers.L1(0.25),
        kernel_constraint=keras.constraints.MaxNorm(1.0),
        bias_constraint="non_neg",
    )
    assert sorted(float(keras.ops.convert_to_numpy(loss)) for loss in layer.losses) == [0.25 * 4, 0.5 * 5 * 4]
    gradients(layer, normal(8, 5), np.full((8, 2), 10.0, "float32"))  # a step that would leave every bias negative
    kernel, bias = layer.get_weights()
    np.testing.assert_array_less(np.linalg.norm(kernel, axis=0), 1.0 + 1e-5)
    assert bias.min() == 0.0


def test_learns_the_absolute_value():
    keras.utils.set_random_seed(0)
    x = np.linspace(-1, 1, 64, dtype="float32")[:, None]
    model = keras.Sequential([keras.Input((1,)), MaxoutDense(1, pieces=2)])
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
    model.fit(x, np.abs(x), epochs=100, batch_size=64, verbose=0)
    np.testing.assert_allclose(model.predict(x, verbose=0), np.abs(x), atol=0.02)


def test_unknown_axes_and_masks_pass():
    inputs = keras.Input((None, 5))
    outputs = MaxoutDense(3)(inputs)
    assert outputs.shape == (None, None, 3)
    assert keras.Model(inputs, outputs).predict(normal(2, 7, 5), verbose=0).shape == (2, 7, 3)
    masked = keras.layers.Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]], "float32"))
    assert keras.ops.convert_to_numpy(MaxoutDense(3)(masked)._keras_mask).tolist() == [[True, False]]


def test_passes_all_checks_of_a_layer():
    arguments = {
        "units": 3,
        "pieces": 4,
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
    check_layer(MaxoutDense, arguments, (4, 5))

    def reference(layer, x):
        return np.tanh(slow_maxout_dense(x, *layer.get_weights(), 3, 4))

    check_layer(MaxoutDense, {**arguments, "use_bias": True}, (4, 5), reference=reference, supports_masking=True)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"units": 0}, "Invalid `units`. Expected a whole number of at least 1. Received: units=0."),
        ({"units": 3, "pieces": 0}, "Invalid `pieces`. Expected a whole number of at least 1. Received: pieces=0."),
        ({"units": 3, "pieces": 2.5}, "pieces=2.5"),
        ({"units": True}, "units=True"),
        ({"units": 3, "use_bias": "no"}, "Invalid `use_bias`. Expected True or False. Received: use_bias='no'."),
        ({"units": 3, "activation": "rleu"}, "Received: activation='rleu'. Did you mean 'relu'?"),
        (
            {"units": 3, "kernel_initializer": "glorot_unifrom"},
            "kernel_initializer='glorot_unifrom'. Did you mean 'glorot_uniform'?",
        ),
        ({"units": 3, "bias_initializer": None}, "bias_initializer=None"),
        ({"units": 3, "kernel_regularizer": 0.01}, "kernel_regularizer=0.01"),
        ({"units": 3, "bias_regularizer": "l3"}, "bias_regularizer='l3'"),
        ({"units": 3, "activity_regularizer": "l3"}, "activity_regularizer='l3'"),
        ({"units": 3, "kernel_constraint": "maxnrom"}, "kernel_constraint='maxnrom'"),
        ({"units": 3, "bias_constraint": 1}, "bias_constraint=1"),
        ({"units": 3, "lora_rank": 4}, "lora_rank"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        MaxoutDense(**arguments)


def test_refuses_inputs_of_unknown_width():
    with pytest.raises(ValueError, match=r"Expected a last axis of known length\. Received: inputs=\(None, None\)\."):
        MaxoutDense(3)(keras.Input((None,)))
