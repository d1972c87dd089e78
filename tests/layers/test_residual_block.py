"""The residual block: against NumPy, on what it passes unchanged, on its shortcut, and on masks."""

import re

import keras
import numpy as np
import pytest
from harness import check_config_is_whole, check_copies

from keras_tips.layers import ResidualBlock
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def built(shape, *arguments, **named):
    """A built block with statistics and offsets that are not those it begins with."""
    layer = ResidualBlock(*arguments, **named)
    layer.build((None, *shape))
    rng = np.random.default_rng(5)
    for weight in layer.weights:
        if "kernel" not in weight.path:
            weight.assign(rng.uniform(0.5, 1.5, size=weight.shape))
    return layer


def layer_named(block, name):
    found = [layer for layer in [*block.linears, *block.norms, block.projection, block.projection_norm] if layer is not None]
    return next((layer for layer in found if layer.name == name), None)


def linear(layer, x):
    """A dense layer; for inputs of three axes, a convolution along the middle one that pads with zeros."""
    kernel, *bias = (np.array(weight, "float64") for weight in layer.get_weights())
    if x.ndim == 2:
        return x @ kernel + sum(bias)
    size, stride, length = len(kernel), layer.strides[0], x.shape[1]
    steps = -(-length // stride)
    missing = max((steps - 1) * stride + size - length, 0)
    padded = np.pad(x, ((0, 0), (missing // 2, missing - missing // 2), (0, 0)))
    windows = [padded[:, step * stride : step * stride + size] for step in range(steps)]
    return np.stack([np.einsum("bsc,scf->bf", window, kernel) for window in windows], axis=1) + sum(bias)


def normalized(norm, x):
    if norm is None:
        return x
    gamma, beta, *moving = (np.array(weight, "float64") for weight in norm.get_weights())
    mean, variance = moving or (x.mean(-1, keepdims=True), x.var(-1, keepdims=True))
    return (x - mean) / np.sqrt(variance + norm.epsilon) * gamma + beta


def slow_block(block, x):
    """What the docstring says, at inference."""
    kind = "dense" if x.ndim == 2 else "conv"
    activation = (lambda z: np.maximum(z, 0)) if block.activation is keras.activations.relu else np.tanh
    shortcut, branch = x.astype("float64"), x.astype("float64")
    projection = layer_named(block, "projection")
    for number in range(1, block.depth + 1):
        convolution, norm = layer_named(block, f"{kind}_{number}"), layer_named(block, f"norm_{number}")
        if block.pre_activation:
            branch = activation(normalized(norm, branch))
            if number == 1 and projection is not None:
                shortcut = linear(projection, branch)
            branch = linear(convolution, branch)
        else:
            branch = normalized(norm, linear(convolution, branch))
            branch = activation(branch) if number < block.depth else branch
    if block.pre_activation:
        return shortcut + branch
    if projection is not None:
        shortcut = normalized(layer_named(block, "projection_norm"), linear(projection, shortcut))
    return activation(shortcut + branch)


@pytest.mark.parametrize("pre_activation", [False, True])
@pytest.mark.parametrize(
    "shape, arguments",
    [
        ((6,), {"filters": 6}),
        ((6,), {"filters": 6, "normalization": None, "depth": 1}),
        ((6,), {"filters": 4, "normalization": "layer", "depth": 3, "activation": "tanh"}),
        ((7, 3), {"filters": 3}),
        ((7, 3), {"filters": 3, "normalization": None, "strides": 2}),
        ((8, 3), {"filters": 5, "normalization": "layer", "kernel_size": 2, "strides": 3}),
    ],
)
def test_equals_the_slow_version(shape, arguments, pre_activation):
    block = built(shape, **arguments, pre_activation=pre_activation)
    x = normal(4, *shape)
    outputs = numpy(block(x))
    np.testing.assert_allclose(outputs, slow_block(block, x), rtol=1e-4, atol=1e-4)
    assert outputs.shape == block.compute_output_shape(x.shape)


@pytest.mark.parametrize(
    "arguments, shape, reference",
    [
        ({"filters": 3, "kernel_regularizer": "l2"}, (2, 5), slow_block),
        ({"filters": 4, "strides": 2, "pre_activation": True, "normalization": None}, (2, 6, 3), slow_block),
        ({"filters": 3, "normalization": "layer", "depth": 1}, (2, 3, 3, 3), None),
    ],
)
def test_passes_all_checks_of_layers(arguments, shape, reference):
    keras.utils.set_random_seed(1)
    check_layer(ResidualBlock, arguments, shape, reference=reference)


def zeroed(layer):
    for weight in layer.weights:
        if weight.name in ("kernel", "bias"):
            weight.assign(np.zeros(weight.shape))
    return layer


@pytest.mark.parametrize("pre_activation", [False, True])
@pytest.mark.parametrize(
    "shape, normalization",
    [((6,), "batch"), ((6,), "layer"), ((6,), None), ((4, 5, 6), "batch"), ((4, 5, 6), None), ((2, 3, 4, 6), "layer")],
)
def test_a_branch_of_zeros_passes_non_negative_inputs_on(shape, normalization, pre_activation):
    block = ResidualBlock(6, normalization=normalization, pre_activation=pre_activation)
    block.build((None, *shape))
    x = np.abs(normal(3, *shape))
    for training in (False, True):
        np.testing.assert_allclose(numpy(zeroed(block)(x, training=training)), x, atol=1e-6)
        if pre_activation:
            np.testing.assert_allclose(numpy(block(-x, training=training)), -x, atol=1e-6)


@pytest.mark.parametrize(
    "filters, strides, projects", [(3, None, False), (3, 1, False), (4, 1, True), (3, 2, True), (3, (1, 2), True), (4, 2, True)]
)
def test_projects_exactly_when_shapes_differ(filters, strides, projects):
    block = ResidualBlock(filters, strides=strides)
    block.build((None, 8, 8, 3))
    assert (block.projection is not None) == projects
    if projects:
        assert tuple(block.projection.kernel.shape) == (1, 1, 3, filters)


@pytest.mark.parametrize("shape", [(7, 3), (7, 6, 3), (7, 6, 5, 3), (None, 6, 3)])
@pytest.mark.parametrize("strides", [1, 3])
def test_sizes_are_divided_by_the_strides_and_rounded_up(shape, strides):
    block = ResidualBlock(4, strides=strides)
    expected = (None, *(None if size is None else -(-size // strides) for size in shape[:-1]), 4)
    assert block(keras.Input(shape)).shape == expected
    x = normal(2, *(7 if size is None else size for size in shape))
    assert tuple(block(x).shape)[1:] == block.compute_output_shape(x.shape)[1:]


def test_names_tell_what_the_layers_are_for():
    block = ResidualBlock(4, name="block")
    block.build((None, 6, 6, 3))
    paths = {weight.path for weight in block.trainable_weights}
    norms = {f"block/{norm}/{weight}" for norm in ("norm_1", "norm_2", "projection_norm") for weight in ("gamma", "beta")}
    assert paths == norms | {"block/conv_1/kernel", "block/conv_2/kernel", "block/projection/kernel"}
    plain = ResidualBlock(4, normalization=None, depth=1)
    plain.build((None, 4))
    assert [weight.path.split("/", 1)[1] for weight in plain.weights] == ["dense_1/kernel", "dense_1/bias"]


def test_layers_begin_apart_and_a_seed_gives_the_same_again():
    kernels = []
    for _ in range(2):
        block = ResidualBlock(3, kernel_size=1, kernel_initializer=keras.initializers.HeNormal(seed=1), depth=3)
        block.build((None, 5, 3))
        kernels.append([numpy(layer.kernel) for layer in block.linears])
    np.testing.assert_array_equal(*kernels)
    assert len(np.unique(kernels[0])) == 3 * 9


def test_the_regularizer_sees_kernels_and_nothing_else():
    block = ResidualBlock(4, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L1(1.0))
    block.build((None, 3))
    assert sorted(float(numpy(loss)) for loss in block.losses) == [12.0, 12.0, 16.0]  # dense_1, projection, dense_2


def test_channels_first_equals_channels_last():
    if keras.backend.backend() == "tensorflow":
        pytest.skip("TensorFlow convolves channels_first on graphics cards only")
    for normalization in ("batch", "layer"):
        last = built((6, 8, 3), 5, strides=(2, 1), normalization=normalization, data_format="channels_last")
        first = ResidualBlock(5, strides=(2, 1), normalization=normalization, data_format="channels_first")
        first.build((None, 3, 6, 8))
        first.set_weights(last.get_weights())
        x = normal(2, 6, 8, 3)
        outputs = np.moveaxis(numpy(first(np.moveaxis(x, -1, 1))), 1, -1)
        np.testing.assert_allclose(outputs, numpy(last(x)), rtol=1e-4, atol=1e-5)


def test_channels_first_shapes():
    block = ResidualBlock(5, strides=(2, 1), data_format="channels_first")
    assert block.compute_output_shape((None, 3, 7, None)) == (None, 5, 4, None)


@pytest.mark.parametrize("pre_activation", [False, True])
@pytest.mark.parametrize("strides", [1, 2])
def test_masked_steps_change_nothing(pre_activation, strides):
    """Neither what stands in them, nor how many there are at the end."""
    block = built((6, 3), 4, strides=strides, pre_activation=pre_activation)
    x, mask = normal(2, 6, 3), np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], bool)
    changed = np.where(mask[..., None], x, 7.0).astype("float32")
    kept = mask[:, ::strides]
    for training in (True, False):
        outputs = [numpy(block(each, mask=keras.ops.convert_to_tensor(mask), training=training)) for each in (x, changed)]
        np.testing.assert_allclose(outputs[0][kept], outputs[1][kept], rtol=1e-5, atol=1e-6)
    if strides == 1:
        np.testing.assert_allclose(outputs[0][:1, :4], numpy(block(x[:1, :4])), rtol=1e-4, atol=1e-5)


def test_masks_go_through_a_model():
    words = keras.Input((6,), dtype="int32")
    embedded = keras.layers.Embedding(5, 3, mask_zero=True)(words)
    blocks = ResidualBlock(4, strides=2)(ResidualBlock(3, pre_activation=True)(embedded))
    model = keras.Model(words, keras.layers.LSTM(2)(blocks))
    model.compile("sgd", "mse")
    x = np.array([[1, 2, 3, 4, 0, 0], [4, 4, 1, 1, 2, 3]])
    model.fit(x, normal(2, 2), verbose=0)
    mask = ResidualBlock(3, strides=2).compute_mask(keras.ops.zeros((2, 6, 3)), keras.ops.convert_to_tensor(x != 0))
    assert numpy(mask).tolist() == [[True, True, False], [True, True, True]]


def test_moving_averages_move_in_training_alone():
    block = ResidualBlock(3)
    x = normal(8, 3) + 2
    block(x)
    before = [np.array(weight) for weight in map(numpy, block.non_trainable_weights)]
    block(x)
    after_inference = [np.array(weight) for weight in map(numpy, block.non_trainable_weights)]
    block(x, training=True)
    np.testing.assert_array_equal(np.array(before), np.array(after_inference))
    assert all((numpy(weight) != old).any() for weight, old in zip(block.non_trainable_weights, before, strict=True))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_layers_have_the_policy_of_the_block(policy):
    block = ResidualBlock(4, dtype=policy)
    outputs = block(normal(2, 3))
    assert keras.backend.standardize_dtype(outputs.dtype) == policy.removeprefix("mixed_")
    assert {layer.dtype_policy.name for layer in [*block.linears, *block.norms, block.projection]} == {policy}
    assert {weight.dtype for weight in block.weights} == {"float32"}


def test_trains_compiled():
    model = keras.Sequential([keras.Input((6, 6, 3)), ResidualBlock(3), ResidualBlock(4, strides=2, pre_activation=True)])
    model.compile("sgd", "mse", jit_compile=keras.backend.backend() != "torch")
    model.fit(normal(4, 6, 6, 3), normal(4, 3, 3, 4), verbose=0)


def test_config_and_copies(tmp_path):
    arguments = {
        "filters": 4,
        "kernel_size": (2, 3),
        "strides": 2,
        "depth": 3,
        "activation": "tanh",
        "pre_activation": True,
        "normalization": "layer",
        "data_format": "channels_first",
        "kernel_initializer": keras.initializers.GlorotUniform(seed=1),
        "kernel_regularizer": "l2",
    }
    check_config_is_whole(ResidualBlock(**arguments), arguments)
    check_copies(ResidualBlock(**{**arguments, "data_format": "channels_last"}), normal(4, 6, 6, 3), tmp_path)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"filters": 0}, "Invalid `filters`. Expected a whole number of at least 1. Received: filters=0."),
        ({"filters": 4.0}, "filters=4.0"),
        ({"filters": 4, "kernel_size": 0}, "kernel_size=0"),
        ({"filters": 4, "kernel_size": (3, "3")}, "kernel_size='3'"),
        ({"filters": 4, "kernel_size": float("nan")}, "kernel_size=nan"),
        ({"filters": 4, "strides": ()}, "strides=()"),
        ({"filters": 4, "strides": True}, "strides=True"),
        ({"filters": 4, "depth": 0}, "Invalid `depth`. Expected a whole number of at least 1. Received: depth=0."),
        ({"filters": 4, "pre_activation": 1}, "Invalid `pre_activation`. Expected True or False. Received: pre_activation=1."),
        ({"filters": 4, "normalization": "bath"}, "Received: normalization='bath'. Did you mean 'batch'?"),
        ({"filters": 4, "normalization": True}, "Received: normalization=True."),
        ({"filters": 4, "activation": "rleu"}, "Received: activation='rleu'. Did you mean 'relu'?"),
        ({"filters": 4, "data_format": "channel_last"}, "Did you mean 'channels_last'?"),
        ({"filters": 4, "kernel_initializer": None}, "kernel_initializer=None"),
        ({"filters": 4, "kernel_initializer": "he_nromal"}, "Did you mean 'he_normal'?"),
        ({"filters": 4, "kernel_regularizer": 0.1}, "kernel_regularizer=0.1"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        ResidualBlock(**arguments)


@pytest.mark.parametrize(
    "arguments, shape, sentence",
    [
        ({}, (None,), "Invalid `inputs`. Expected two to five axes, the batch included. Received: inputs=(None,)."),
        ({}, (None, 2, 2, 2, 2, 2), "Expected two to five axes"),
        ({}, (None, None), "Expected channels of known number. Received: inputs=(None, None). Give the length of axis 1"),
        ({"data_format": "channels_first"}, (None, None, 8), "Give the length of axis 1"),
        (
            {"kernel_size": 3},
            (None, 8),
            "Expected None for inputs of two axes. Received: kernel_size=3. They get",
        ),
        ({"strides": 1}, (None, 8), "Invalid `strides`. Expected None for inputs of two axes. Received: strides=1."),
        ({"strides": (1, 2)}, (None, 8, 3), "Expected one number, or 1 for inputs of 3 axes. Received: strides=(1, 2)."),
    ],
)
def test_refuses_inputs_that_do_not_fit(arguments, shape, sentence):
    for method in ("build", "compute_output_shape"):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            getattr(ResidualBlock(4, **arguments), method)(shape)
