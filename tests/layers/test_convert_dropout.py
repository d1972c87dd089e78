"""Conversion between classic and inverted dropout: the same outputs in training and at inference, and the way back."""

import re

import keras
import numpy as np
import pytest

from keras_tips.layers import ClassicDropout, Maxout, MaxoutConv2D, MaxoutDense, convert_dropout

pytestmark = pytest.mark.backend
layers = keras.layers


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def sequential(shape, *parts):
    """A built model of randomly filled layers."""
    model = keras.Sequential([keras.Input(shape), *parts])
    rng = np.random.default_rng(3)
    for weight in model.weights:
        sign = 1 if "moving_variance" in weight.path else rng.choice([-1, 1], size=weight.shape)
        weight.assign(rng.uniform(0.2, 1, size=weight.shape) * sign)
    return model


def assert_close(left, right, tolerance=1e-6):
    for one, other in zip(keras.tree.flatten(left), keras.tree.flatten(right), strict=True):
        scale = max(1.0, np.abs(numpy(other)).max())
        np.testing.assert_allclose(numpy(one), numpy(other), rtol=0, atol=tolerance * scale)


def check_both_ways(model, x, inserted):
    """Classic and back: the same outputs in both modes, the first weights, and as many inserted layers as said."""
    before = [np.array(weight) for weight in model.get_weights()]
    classic = convert_dropout(model)
    back = convert_dropout(classic, to="inverted")
    assert type(classic) is type(back) is type(model)
    assert not [layer for layer in flat(classic) if type(layer) is layers.Dropout]
    assert not [layer for layer in flat(back) if type(layer) is ClassicDropout]
    assert sum(layer.name.endswith("_dropout_scale") for layer in flat(classic)) == inserted
    names = [[layer.name for layer in flat(one) if type(layer) is not layers.InputLayer] for one in (back, model)]
    assert sorted(names[0]) == sorted(names[1])
    outputs = model(x)
    for other in (classic, back):
        assert_close(other(x), outputs)
    for weight, first in zip(back.get_weights(), before, strict=True):
        np.testing.assert_allclose(weight, first, rtol=1e-6)
    for weight, first in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, first)
    trained = [numpy_tree(one(x, training=True)) for one in (model, classic, back)]  # a first call, so the same masks
    assert_close(trained[1], trained[0], 1e-5)
    assert_close(trained[2], trained[0], 1e-5)
    return classic


def numpy_tree(tensors):
    return keras.tree.map_structure(numpy, tensors)


def flat(model):
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from flat(layer)


@pytest.mark.parametrize(
    "shape, parts, inserted",
    [
        ((6,), lambda: [layers.Dense(5)], 0),
        ((6,), lambda: [MaxoutDense(5)], 0),
        ((6,), lambda: [layers.ReLU(), layers.Dense(5)], 0),
        ((6,), lambda: [layers.LeakyReLU(), Maxout(), layers.Dense(5)], 0),
        ((6,), lambda: [layers.Activation("relu"), layers.Dropout(0.5, seed=2), layers.Dense(5)], 0),
        ((6,), lambda: [layers.Reshape((3, 2)), layers.Permute((2, 1)), layers.Conv1D(2, 2), layers.Flatten()], 0),
        ((6,), lambda: [layers.Reshape((3, 2)), layers.Conv1DTranspose(2, 2)], 0),
        ((6, 6, 2), lambda: [layers.MaxPooling2D(), layers.Conv2D(3, 2)], 0),
        ((6, 6, 2), lambda: [layers.AveragePooling2D(2, padding="same"), layers.DepthwiseConv2D(2)], 0),
        ((6, 6, 2), lambda: [layers.ZeroPadding2D(), MaxoutConv2D(3, 2)], 0),
        ((6, 6, 2), lambda: [layers.UpSampling2D(), layers.SeparableConv2D(3, 2)], 0),
        ((6, 6, 2), lambda: [layers.GlobalAveragePooling2D(), layers.Dense(5)], 0),
        ((6,), lambda: [layers.Activation("sigmoid"), layers.Dense(5)], 1),
        ((6,), lambda: [layers.Softmax()], 1),
        ((6,), lambda: [layers.BatchNormalization(), layers.Dense(5)], 1),
        ((6,), lambda: [layers.LayerNormalization(), layers.Dense(5)], 1),
        ((6,), lambda: [layers.ReLU(max_value=6.0), layers.Dense(5)], 1),
        ((6,), lambda: [layers.Dense(5, kernel_constraint="max_norm")], 1),
        ((6,), lambda: [layers.Activation("relu", activity_regularizer="l2"), layers.Dense(5)], 1),
        ((6,), lambda: [layers.Reshape((3, 2)), layers.LSTM(2)], 1),
        ((6,), list, 1),
        ((6,), lambda: [layers.ReLU()], 1),
        ((6,), lambda: [layers.Dropout(0.1, seed=2), layers.Dropout(0.6, seed=3), layers.Softmax()], 1),  # 1 but for rounding
    ],
)
def test_sequential_models(shape, parts, inserted):
    model = sequential(shape, layers.Dropout(0.3, seed=1), *parts())
    check_both_ways(model, normal(4, *shape), inserted)


def test_the_kernel_behind_takes_the_factor():
    model = sequential((6,), layers.Dropout(0.75, seed=1), layers.Dense(5), layers.Dropout(0.5, seed=2), layers.Dense(2))
    kernel, bias, second, _ = model.get_weights()
    classic = convert_dropout(model)
    assert [type(layer) for layer in classic.layers] == [ClassicDropout, layers.Dense, ClassicDropout, layers.Dense]
    np.testing.assert_allclose(classic.get_weights()[0], kernel * 4, rtol=1e-6)
    np.testing.assert_array_equal(classic.get_weights()[1], bias)
    np.testing.assert_allclose(classic.get_weights()[2], second * 2, rtol=1e-6)
    assert [layer.rate for layer in classic.layers[::2]] == [0.75, 0.5]


def test_functional_models():
    """Several readers, a layer called twice, equal and unequal factors that meet, two outputs in a dictionary."""
    x = keras.Input((6,), name="x")
    twice = layers.Dense(6, name="twice")
    split = layers.Dropout(0.3, seed=1)(x)
    joined = layers.Add()([layers.Dropout(0.5, seed=2)(twice(split)), layers.Dropout(0.5, seed=3)(split)])
    unequal = layers.Concatenate()([layers.Dropout(0.25, seed=4)(joined), layers.ReLU()(x)])
    again = twice(layers.Dropout(0.4, seed=5)(joined))
    head = layers.Dense(3)(unequal)
    model = keras.Model(x, {"head": head, "features": layers.Dropout(0.2, seed=6)(again)})
    classic = check_both_ways(model, normal(4, 6), inserted=5)
    assert set(classic.output) == {"head", "features"}


def test_an_output_that_is_read_inside_too():
    x = keras.Input((6,))
    split = layers.Dropout(0.3, seed=1)(x)
    check_both_ways(keras.Model(x, [split, layers.Dense(2)(split)]), normal(4, 6), inserted=1)


def test_an_inserted_layer_stays_where_others_read_what_it_reads():
    x = keras.Input((6,))
    split = ClassicDropout(0.5, seed=1)(x)
    scaled = layers.Rescaling(2.0, name="by_hand_dropout_scale")(split)
    model = keras.Model(x, layers.Dense(3)(split) + layers.Dense(3)(scaled))
    inverted = convert_dropout(model, to="inverted")
    assert "by_hand_dropout_scale" in [layer.name for layer in inverted.layers]
    assert_close(inverted(normal(4, 6)), model(normal(4, 6)))


def test_equal_factors_that_meet_go_on_together():
    x = keras.Input((6,))
    parts = [layers.Dropout(0.5, seed=seed)(layers.Dense(3)(x)) for seed in (1, 2)]
    model = keras.Model(x, layers.Dense(2)(layers.Concatenate()(parts)))
    check_both_ways(model, normal(4, 6), inserted=0)


def test_operations_between_layers():
    x = keras.Input((6,))
    model = keras.Model(x, layers.Dense(2)(keras.ops.tanh(layers.Dropout(0.5, seed=1)(x)) + 1.0))
    check_both_ways(model, normal(4, 6), inserted=1)


def test_constants_have_no_factor():
    x = keras.Input((6,))
    constant = np.ones((1, 6), "float32")
    model = keras.Model(x, layers.Dense(2)(layers.Add()([layers.Dropout(0.5, seed=1)(x), constant])))
    check_both_ways(model, normal(4, 6), inserted=1)


def test_inputs_in_a_dictionary():
    inputs = {name: keras.Input((6,), name=name) for name in ("left", "right")}
    dropped = [layers.Dropout(0.5, seed=seed)(x) for seed, x in enumerate(inputs.values())]
    model = keras.Model(inputs, layers.Dense(2)(layers.Subtract()(dropped)))
    check_both_ways(model, {"left": normal(4, 6), "right": normal(4, 6, seed=1)}, inserted=0)


def test_dropout_that_is_always_on():
    x = keras.Input((6,))
    model = keras.Model(x, layers.Dense(2)(layers.Dropout(0.5, seed=1)(x, training=True)))
    classic = convert_dropout(model)
    assert_close(numpy(classic(normal(4, 6))), numpy(model(normal(4, 6))))


def test_functional_models_with_methods_of_their_own():
    x = keras.Input((6,))
    assert type(convert_dropout(Described(x, layers.Dense(2)(layers.Dropout(0.5)(x)), name="own"))) is Described


def test_models_inside_of_models():
    inner = keras.Sequential([keras.Input((6,)), layers.Dropout(0.5, seed=1), layers.Dense(4), layers.Dropout(0.2, seed=2)])
    x = keras.Input((6,))
    graph = keras.Model(x, layers.Dense(3)(layers.Dropout(0.4, seed=3)(x)))
    check_both_ways(sequential((6,), layers.Dropout(0.3, seed=4), inner, layers.Dense(6), graph), normal(4, 6), inserted=2)
    check_both_ways(keras.Model(x, graph(layers.Dense(6)(inner(x)))), normal(4, 6), inserted=1)


def test_a_mask_goes_on_through_an_inserted_layer():
    words = keras.Input((4,), dtype="int32")
    embedded = layers.Embedding(5, 3, mask_zero=True)(words)
    model = keras.Model(words, layers.LSTM(2)(layers.Dropout(0.5, seed=1)(embedded)))
    check_both_ways(model, np.array([[1, 2, 0, 0], [3, 4, 1, 0]]), inserted=1)


def test_the_other_form_first():
    model = sequential((6,), ClassicDropout(0.3, seed=1), layers.Dense(5), ClassicDropout(0.5, seed=2), layers.Softmax())
    x = normal(4, 6)
    inverted = convert_dropout(model, to="inverted")
    assert [type(layer) for layer in inverted.layers[:2]] == [layers.Dropout, layers.Dense]
    assert_close(inverted(x), model(x))
    assert_close(numpy(inverted(x, training=True)), numpy(model(x, training=True)))
    again = convert_dropout(inverted)
    assert_close(again.get_weights(), model.get_weights())
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize("to", ["classic", "inverted"])
def test_what_has_the_form_already_is_copied(to):
    x = keras.Input((6,), name="x")
    split = layers.Dropout(0.3, seed=1)(x)
    for first in (
        sequential((6,), layers.Dropout(0.3, seed=1), layers.Softmax()),
        keras.Model(x, layers.Softmax()(split) + layers.Softmax()(split)),
    ):
        model = convert_dropout(first, to)
        again = convert_dropout(model, to)
        assert sorted(layer.name for layer in again.layers) == sorted(layer.name for layer in model.layers)
        assert not {id(layer) for layer in again.layers} & {id(layer) for layer in model.layers}
        assert_close(again(normal(4, 6)), model(normal(4, 6)))


def test_other_kinds_of_dropout_stay():
    model = sequential((4, 6), layers.Dropout(0.5, seed=1), layers.SpatialDropout1D(0.5, seed=1), layers.Dense(2))
    classic = check_both_ways(model, normal(3, 4, 6), inserted=0)
    assert type(classic.layers[1]) is layers.SpatialDropout1D
    check_both_ways(sequential((6,), layers.Dropout(0.5, seed=1), layers.AlphaDropout(0.5, seed=1)), normal(3, 6), inserted=1)


def test_masks_go_on_where_they_were():
    model = sequential((6,), layers.Dropout(0.5, seed=1), layers.Dense(5))
    x = normal(4, 6)
    model(x, training=True)  # the second mask is the next one to be drawn
    classic = convert_dropout(model)
    assert_close(numpy(classic(x, training=True)), numpy(model(x, training=True)))


def test_no_dropout_and_rate_zero():
    model = sequential((6,), layers.Dropout(0), layers.Dense(5))
    check_both_ways(model, normal(4, 6), inserted=0)
    check_both_ways(sequential((6,), layers.Dense(5)), normal(4, 6), inserted=0)


def test_what_adapt_found_is_kept():
    x = normal(20, 6) * 3 + 5
    scaling = layers.Normalization()
    scaling.adapt(x)
    model = keras.Sequential([keras.Input((6,)), scaling, layers.Dropout(0.5, seed=1), layers.Dense(2)])
    check_both_ways(model, x, inserted=0)


def test_half_precision_and_frozen_layers_stay_so():
    frozen = layers.Dense(5, dtype="mixed_bfloat16", trainable=False)
    model = sequential((6,), layers.Dropout(0.5, dtype="mixed_bfloat16"), layers.Softmax(dtype="mixed_bfloat16"), frozen)
    classic = convert_dropout(model)
    assert [layer.compute_dtype for layer in classic.layers] == ["bfloat16"] * 4
    assert classic.trainable_weights == []
    model.trainable = False
    assert not convert_dropout(model).trainable


def test_is_compiled_as_the_model_was():
    model = sequential((6,), layers.Dropout(0.5), layers.Dense(1))
    assert not convert_dropout(model).compiled
    model.compile(keras.optimizers.SGD(0.125), "mse")
    classic = convert_dropout(model)
    assert float(numpy(classic.optimizer.learning_rate)) == 0.125
    x, y = normal(8, 6), normal(8, 1)
    assert classic.evaluate(x, y, verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-5)
    classic.fit(x, y, verbose=0)
    model.fit(x, y, verbose=0)  # its weights are its own


def test_says_so_where_it_cannot_compile():
    model = sequential((6,), layers.Dropout(0.5), layers.Dense(1))

    def own_loss(wanted, outputs):
        return keras.ops.mean(outputs)

    model.compile("sgd", own_loss)
    with pytest.warns(UserWarning, match="The converted model is not compiled: .* Call its `compile`."):
        assert not convert_dropout(model).compiled


def test_a_converted_model_can_be_saved_and_taken_apart(tmp_path):
    model = convert_dropout(sequential((6,), layers.Dense(4), layers.Dropout(0.5), layers.Activation("tanh")))
    model.save(tmp_path / "model.keras")
    x = normal(4, 6)
    assert_close(keras.models.load_model(tmp_path / "model.keras")(x), model(x))
    features = keras.Model(model.inputs[0], model.layers[0].output)
    assert features(x).shape == (4, 4)
    graph = functional_of(model)
    assert keras.Model(graph.input, graph.layers[1].output)(x).shape == (4, 4)


def functional_of(model):
    x = keras.Input(model.input_shape[1:])
    outputs = x
    for layer in model.layers:
        outputs = type(layer).from_config(layer.get_config())(outputs)
    return convert_dropout(keras.Model(x, outputs))


class Own(keras.layers.Layer):
    def __init__(self):
        super().__init__(name="own")
        self.parts = [layers.Dense(2), layers.Dropout(0.5, name="inside")]

    def build(self, input_shape):
        self.parts[0].build(input_shape)

    def call(self, inputs):
        return self.parts[1](self.parts[0](inputs))


class Described(keras.Model):
    def describe(self):
        return f"a model of {len(self.layers)} layers"


class WithWidth(keras.Model):
    def __init__(self, width):
        x = keras.Input((width,))
        super().__init__(x, layers.Dropout(0.5)(x))


class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs


@pytest.mark.parametrize(
    "model, to, sentence",
    [
        (lambda: sequential((6,), layers.Dense(2)), "inverse", "Invalid `to`. Expected one of 'classic', 'inverted'."),
        (lambda: sequential((6,), layers.Dense(2)), "inverse", "Received: to='inverse'. Did you mean 'inverted'?"),
        (lambda: "model", "classic", "Invalid `model`. Expected a sequential or functional model. Received: model='model'."),
        (Subclassed, "classic", "Expected a sequential or functional model."),
        (lambda: WithWidth(3), "classic", "Expected a class that can be made of inputs, outputs and name. Received: model="),
        (lambda: keras.Sequential([layers.Dropout(0.5), layers.Dense(2)]), "classic", "Expected a built model."),
        (lambda: sequential((6,), layers.Dropout(1.0, name="all")), "classic", "Received: model='all of rate 1'."),
        (lambda: sequential((6,), ClassicDropout(1.0, name="all")), "inverted", "Expected dropout rates below 1."),
        (lambda: sequential((6,), Own()), "classic", "Received: model='inside inside of own'. It would stay as it is."),
        (
            lambda: sequential((4, 6), layers.TimeDistributed(layers.Dropout(0.5, name="inside"), name="wrapper")),
            "classic",
            "Received: model='inside inside of wrapper'.",
        ),
    ],
)
def test_refuses_what_cannot_be_converted(model, to, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        convert_dropout(model(), to)
