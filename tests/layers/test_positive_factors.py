"""What is said of layers is true of them: each is called on scaled inputs."""

import keras
import numpy as np
import pytest

from keras_tips.layers import ClassicDropout, Maxout, MaxoutConv1D, MaxoutConv2D, MaxoutConv3D, MaxoutDense, PReLU
from keras_tips.layers.positive_factors import HOMOGENEOUS, KERNELS, absorbing_kernel, lets_factors_through

pytestmark = pytest.mark.backend
layers = keras.layers
FACTOR = 0.625

ARGUMENTS = {  # what a class needs; the rest needs nothing
    layers.Reshape: {"target_shape": (-1,)},
    layers.RepeatVector: {"n": 2},
    layers.GaussianDropout: {"rate": 0.3, "seed": 1},
    layers.Dropout: {"rate": 0.3, "seed": 1},
    ClassicDropout: {"rate": 0.3, "seed": 1},
    layers.PReLU: {"alpha_initializer": "ones"},
    PReLU: {"alpha_initializer": keras.initializers.Constant(0.3)},
    layers.AveragePooling1D: {"pool_size": 2},
    layers.AveragePooling2D: {"pool_size": 2},
    layers.AveragePooling3D: {"pool_size": 2},
    Maxout: {"group_size": 2},
    layers.EinsumDense: {"equation": "ab,bc->ac", "output_shape": 3},
    **{getattr(layers, f"SpatialDropout{rank}D"): {"rate": 0.3, "seed": 1} for rank in (1, 2, 3)},
}
RANKS = {layers.RepeatVector: 2, layers.Permute: 3, layers.EinsumDense: 2}
MERGING = (layers.Add, layers.Subtract, layers.Average, layers.Maximum, layers.Minimum, layers.Concatenate)


def made(kind):
    if kind is layers.Permute:
        return kind((2, 1))
    if "Conv" in kind.__name__:
        return kind(kernel_size=2, **({} if kind.__name__.startswith("Depthwise") else {"filters": 3}))
    if kind in (layers.Dense, MaxoutDense):
        return kind(3)
    return kind(**ARGUMENTS.get(kind, {}))


def inputs_for(kind):
    named = [rank + 2 for rank in (1, 2, 3) if f"{rank}D" in kind.__name__]
    rank = named[0] if named else RANKS.get(kind, 3)
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 4, 4)[:rank]).astype("float32")
    return x, ([x, x[::-1] + 1] if kind in MERGING else x)


def scaled(inputs, factor):
    return keras.tree.map_structure(lambda x: keras.ops.convert_to_tensor(x * np.float32(factor)), inputs)


@pytest.mark.parametrize("kind", sorted(HOMOGENEOUS, key=str), ids=lambda kind: kind.__name__)
def test_what_lets_factors_through_does(kind):
    _, inputs = inputs_for(kind)
    for training in (False, True):
        outputs = []
        for factor in (1.0, FACTOR):
            layer = made(kind)  # a new one, so that it draws the same random numbers
            said = {"training": training} if "Dropout" in kind.__name__ else {}
            outputs.append(keras.ops.convert_to_numpy(layer(scaled(inputs, factor), **said)))
        assert lets_factors_through(layer)
        np.testing.assert_allclose(outputs[1], FACTOR * outputs[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", sorted(KERNELS, key=str), ids=lambda kind: kind.__name__)
def test_a_kernel_that_is_divided_undoes_the_factor(kind):
    layer, (x, _) = made(kind), inputs_for(kind)
    before = keras.ops.convert_to_numpy(layer(scaled(x, 1.0)))
    kernel = absorbing_kernel(layer)
    kernel.assign(kernel / FACTOR)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(scaled(x, FACTOR))), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu"])
def test_activations_that_let_factors_through(name):
    assert lets_factors_through(layers.Activation(name))


@pytest.mark.parametrize(
    "layer",
    [
        layers.Activation("sigmoid"),
        layers.Activation("elu"),
        layers.ReLU(max_value=6),
        layers.ReLU(threshold=1.0),
        layers.ReLU(activity_regularizer="l2"),
        layers.Softmax(),
        layers.BatchNormalization(),
        layers.Multiply(),
        layers.GaussianNoise(0.1),
        layers.AlphaDropout(0.1),
        layers.Dense(2),
    ],
)
def test_layers_that_do_not_let_factors_through(layer):
    assert not lets_factors_through(layer)


def test_kernels_that_may_not_be_scaled_freely():
    plain, bound, lora = layers.Dense(2), layers.Dense(2, kernel_constraint="non_neg"), layers.Dense(2)
    separable = layers.SeparableConv1D(2, 2, depthwise_constraint="max_norm")
    depthwise = layers.DepthwiseConv1D(2, depthwise_constraint="max_norm")
    for layer in (plain, bound, lora):
        layer.build((None, 3))
    for layer in (separable, depthwise):
        layer.build((None, 4, 3))
    lora.enable_lora(1)
    assert absorbing_kernel(plain) is plain.kernel
    assert [absorbing_kernel(layer) for layer in (bound, lora, separable, depthwise, layers.Softmax())] == [None] * 5


def test_a_class_of_ones_own_is_left_alone():
    class Own(layers.Dense):
        pass

    layer = Own(2)
    layer.build((None, 3))
    assert absorbing_kernel(layer) is None


def test_all_maxout_layers_are_known():
    assert {MaxoutDense, MaxoutConv1D, MaxoutConv2D, MaxoutConv3D} <= set(KERNELS)
