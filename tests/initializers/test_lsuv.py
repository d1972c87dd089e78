"""Variance 1 in every layer: against NumPy, in models of every kind, and undone where it fails."""

import re

import keras
import numpy as np
import pytest

from keras_tips.initializers import lsuv
from keras_tips.layers import MaxoutDense

pytestmark = pytest.mark.backend

layers = keras.layers
DENSE = layers.Dense
X = np.random.default_rng(0).normal(3.0, 7.0, size=(96, 12)).astype("float32")
IMAGES = np.random.default_rng(1).normal(size=(24, 8, 8, 3)).astype("float32")


def array(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


def names(result):
    return [each.layer for each in result]


def check_all_are_one(result, tolerance=0.01):
    np.testing.assert_allclose([each.after for each in result], 1.0, atol=tolerance)


def plain(activation="relu"):
    return keras.Sequential(
        [keras.Input((12,)), DENSE(20, activation, name="a"), DENSE(30, activation, name="b"), DENSE(4, "softmax", name="c")]
    )


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_equals_numpy_layer_by_layer(activation):
    model = plain(activation)
    function = {"relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}[activation]

    def variances():
        signal, found = X.astype("float64"), []
        for kernel, bias in zip(*[iter(array(weight) for weight in model.get_weights())] * 2, strict=True):
            z = signal @ kernel + bias
            found.append(z.var())
            signal = function(z)
        return found

    before = variances()
    result = lsuv(model, X, seed=1)
    assert names(result) == ["a", "b", "c"]
    np.testing.assert_allclose([each.before for each in result], before, rtol=1e-4)
    np.testing.assert_allclose([each.after for each in result], variances(), rtol=1e-4)
    check_all_are_one(result, 1e-4)  # without biases one rescaling is exact


def test_kernels_are_orthonormal_up_to_a_factor():
    model = plain()
    lsuv(model, X, seed=1)
    for layer in model.layers:
        kernel = array(layer.kernel)
        product = kernel.T @ kernel if kernel.shape[0] >= kernel.shape[1] else kernel @ kernel.T
        np.testing.assert_allclose(product / product[0, 0], np.eye(len(product)), atol=1e-5)


def test_seeds():
    models = [plain() for _ in range(4)]
    for model, seed in zip(models, (1, 1, 2, None), strict=True):
        lsuv(model, X, seed=seed)
    first, again, other, unseeded = (array(model.get_weights()[0]) for model in models)
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()
    assert not np.isin(first, unseeded).any()


def test_activations_and_calls_are_put_back():
    model = plain("tanh")
    before = model.get_config()
    lsuv(model, X)
    assert model.get_config() == before
    assert all("call" not in vars(layer) for layer in model.layers)
    z = X
    for layer in model.layers:
        z = layer(z)
    np.testing.assert_allclose(array(z).sum(axis=1), 1.0, rtol=1e-5)  # softmax is there


def convolutional():
    x = keras.Input((8, 8, 3))
    y = layers.Conv2D(6, 3, activation="relu", name="conv")(x)
    y = layers.BatchNormalization()(y)
    y = layers.Dropout(0.5)(y)
    y = layers.SeparableConv2D(5, 3, activation="relu", name="separable")(y)
    y = layers.DepthwiseConv2D(2, activation="elu", name="depthwise")(y)
    y = layers.Conv2DTranspose(4, 2, name="transpose")(y)
    return keras.Model(x, DENSE(3, name="last")(layers.Flatten()(y)))


def test_convolutions_normalization_and_dropout():
    result = lsuv(convolutional(), IMAGES)
    assert names(result) == ["conv", "separable", "depthwise", "transpose", "last"]
    check_all_are_one(result)


def test_maxout_counts_by_its_maximum():
    model = keras.Sequential([keras.Input((12,)), *[MaxoutDense(16, pieces=4, name=f"m{i}") for i in range(5)]])
    result = lsuv(model, X)
    check_all_are_one(result)
    np.testing.assert_allclose(array(model(X)).var(), 1.0, atol=0.01)


def test_several_inputs_nested_models_and_shared_layers():
    inner = keras.Sequential([keras.Input((8,)), DENSE(8, "relu", name="inner")], name="nested")
    left, right = keras.Input((12,), name="left"), keras.Input((5,), name="right")
    shared = DENSE(8, "tanh", name="shared")
    wide = DENSE(8, name="wide")(right)
    y = layers.Add()([shared(inner(shared(wide))), DENSE(8, name="other")(left)])
    model = keras.Model({"left": left, "right": right}, DENSE(2, name="last")(y))
    batch = {"left": X, "right": X[:, :5] * 0.01}
    result = lsuv(model, batch)
    order = names(result)
    assert sorted(order) == ["inner", "last", "other", "shared", "wide"]
    assert order.index("wide") < order.index("shared") < order.index("inner") < order.index("last") == 4
    check_all_are_one(result)


def test_a_shared_layer_is_set_at_its_first_call():
    shared = DENSE(12)
    x = keras.Input((12,))
    result = lsuv(keras.Model(x, shared(layers.Rescaling(0.1)(shared(x)))), X)
    assert len(result) == 1
    np.testing.assert_allclose(array(shared(X)).var(), result[0].after, rtol=1e-4)
    check_all_are_one(result)


def test_a_subclassed_model_that_is_not_built():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.second, self.first = DENSE(4, "relu", name="second"), DENSE(4, "relu", name="first")

        def call(self, x):
            return self.second(self.first(x))

    result = lsuv(Net(), X)
    assert names(result) == ["first", "second"]
    check_all_are_one(result)


def test_attention_and_embedding_and_a_wrapped_layer():
    x = keras.Input((6,), dtype="int32")
    y = layers.Embedding(9, 8)(x)
    y = layers.MultiHeadAttention(2, 4, name="attention")(y, y)
    y = layers.TimeDistributed(DENSE(5, name="within"))(y)
    y = layers.LSTM(3)(y)
    model = keras.Model(x, DENSE(2, name="last")(y))
    recurrent = [array(weight) for weight in model.layers[-2].get_weights()]
    result = lsuv(model, np.random.default_rng(0).integers(0, 9, (32, 6)))
    assert names(result) == ["query", "key", "value", "attention_output", "within", "last"]
    check_all_are_one(result)
    for old, new in zip(recurrent, model.layers[-2].get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_frozen_layers_and_biases_stay_as_they_are():
    model = keras.Sequential(
        [keras.Input((12,)), DENSE(6, "relu"), DENSE(5, bias_initializer=keras.initializers.Constant(2.0))]
    )
    model.layers[0].trainable = False
    before = [array(weight) for weight in model.get_weights()]
    result = lsuv(model, X)
    check_all_are_one(result)
    assert names(result) == [model.layers[1].name]
    for changed, old, new in zip((False, False, True, False), before, model.get_weights(), strict=True):
        assert (old != array(new)).any() == changed


def test_biases_that_differ_take_several_rescalings():
    def model(scale):
        spread = keras.initializers.RandomNormal(stddev=scale, seed=0)
        return keras.Sequential([keras.Input((12,)), DENSE(50, name="biased", bias_initializer=spread)])

    with pytest.raises(ValueError, match=r"^The variance of layer 'biased' is .* after 1 rescalings"):
        lsuv(model(0.6), X, max_iterations=1)
    check_all_are_one(lsuv(model(0.6), X))
    check_all_are_one(lsuv(model(0.6), X, tolerance=0.9, max_iterations=1), 0.9)
    with pytest.raises(ValueError, match="Set its biases to 0, or raise `tolerance`"):
        lsuv(model(2.0), X)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    model = keras.Sequential([keras.Input((12,)), DENSE(20, "relu", dtype=policy), DENSE(20, "relu", dtype=policy)])
    check_all_are_one(lsuv(model, X / 10))
    assert all(weight.dtype == "float32" for weight in model.weights)
    kernel = array(model.layers[0].kernel)
    product = kernel.T @ kernel if kernel.shape[0] >= kernel.shape[1] else kernel @ kernel.T
    np.testing.assert_allclose(product / product[0, 0], np.eye(len(product)), atol=1e-5)  # not rounded to half precision


def test_mixed_precision_everywhere():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        check_all_are_one(lsuv(plain(), X / 10))
    finally:
        keras.config.set_dtype_policy("float32")


def test_a_dead_layer_is_named_and_all_weights_are_as_before():
    model = keras.Sequential(
        [
            keras.Input((12,)),
            DENSE(6, name="a"),
            DENSE(6, "relu", bias_initializer=keras.initializers.Constant(-1e4)),
            DENSE(3, name="dead"),
        ]
    )
    before = [array(weight) for weight in model.get_weights()]
    sentence = "The outputs of layer 'dead' have variance 0 on `x`; no factor makes it 1. Give a batch whose rows differ"
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        lsuv(model, X)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert all("call" not in vars(layer) for layer in model.layers)
    assert model.layers[1].activation is keras.activations.relu


def test_deep_layers_begin_with_a_signal():
    """What it is for: in twenty layers that begin too small the differences between examples vanish; set so, they stay."""
    small = keras.initializers.RandomNormal(stddev=0.01)
    model = keras.Sequential([keras.Input((12,)), *[DENSE(30, "tanh", kernel_initializer=small) for _ in range(20)]])
    assert array(model(X)).var(axis=0).mean() < 1e-9
    lsuv(model, X, seed=0)
    assert array(model(X)).var(axis=0).mean() > 0.1


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"model": "net"}, "Invalid `model`. Expected a Keras model or layer. Received: model='net'."),
        ({"model": keras.Sequential([keras.Input((12,)), layers.ReLU()], name="bare")}, "Received: model='bare'."),
        ({"x": X[:0]}, "Invalid `x`. Expected one batch of finite numbers"),
        ({"x": np.full((2, 12), np.nan)}, "Remove what is NaN or infinite."),
        ({"x": None}, "Received: x=None. Make arrays of it"),
        ({"x": [[1.0] * 12]}, "Received: x=1.0. Make arrays of it"),
        ({"x": np.array([["a"] * 12])}, "Invalid `x`."),
        ({"x": np.float32(1)}, "Invalid `x`."),
        ({"x": iter([X])}, "of a data set, take one batch."),
        ({"tolerance": 0}, "Invalid `tolerance`. Expected a number in (0, inf). Received: tolerance=0."),
        ({"tolerance": float("nan")}, "tolerance=nan"),
        ({"max_iterations": 0}, "Invalid `max_iterations`. Expected a whole number of at least 1. Received: max_iterations=0."),
        ({"max_iterations": True}, "max_iterations=True"),
        ({"seed": 1.5}, "seed=1.5"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        lsuv(**{"model": plain(), "x": X, **arguments})
