import functools

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.probes.loss_fact import loss_fact
from keras_tips.probes.model_facts import model_facts
from keras_tips.records.record import Record
from keras_tips.records.run import Run

pytestmark = pytest.mark.backend


def last(model):
    """(layer, activation, units) of the first output."""
    output = model_facts(model)["outputs"][0]
    return output["layer"], output["activation"], output["units"]


def chain(*parts, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *parts])


def test_facts_keep_their_contract():
    model = chain(layers.Dense(3, "relu"), layers.Dense(1))
    model.compile("adam", "mse")
    run = Run(tuple(Record("fact", {"name": name, "value": value}) for name, value in model_facts(model).items()))
    assert all(checked_fact(run, name) is not None for name in ("model", "layers", "outputs", "optimizer"))
    assert checked_fact(run, "model")["backend"] == keras.backend.backend()
    assert checked_fact(run, "model")["parameters"] == model.count_params()


def test_layers_in_the_order_of_the_data():
    inner = chain(layers.Dense(5, "relu", name="in_1"), layers.Dense(6, name="in_2"))
    model = chain(layers.Dense(4, "tanh", name="a"), inner, layers.BatchNormalization(name="n"), layers.Dense(2, name="z"))
    known = [layer for layer in model_facts(model)["layers"] if layer["kind"] != "InputLayer"]
    assert [layer["name"] for layer in known] == ["a", "in_1", "in_2", "n", "z"]
    assert [layer["activation"] for layer in known] == ["tanh", "relu", "linear", None, "linear"]
    assert [layer["units"] for layer in known] == [4, 5, 6, 6, 2]
    assert [layer["parameters"] for layer in known] == [20, 25, 36, 24, 14]
    assert [layer["output"] for layer in known] == [False] * 4 + [True]
    paths = [path for layer in known for path in layer["variables"]]
    assert paths == [variable.path for variable in model.trainable_variables]


@pytest.mark.parametrize(
    "parts, activation, axis",
    [
        ([layers.Dense(3), layers.Softmax(axis=1)], "softmax", None),  # the last axis, by its number
        ([layers.Dense(3), layers.Softmax(axis=-1)], "softmax", None),
        ([layers.Dense(6), layers.Reshape((2, 3)), layers.Softmax(axis=2)], "softmax", None),
        ([layers.Dense(6), layers.Reshape((2, 3)), layers.Softmax(axis=1)], None, 1),
        ([layers.Dense(6), layers.Reshape((2, 3)), layers.Softmax(axis=-2)], None, -2),
        ([layers.Dense(3, "softmax")], "softmax", None),
    ],
)
def test_along_which_axis_a_softmax_adds_up(parts, activation, axis):
    (output,) = model_facts(chain(*parts))["outputs"]
    assert (output["activation"], output["softmax_axis"]) == (activation, axis)


def test_frozen_layers_have_no_trainable_variables():
    layer = layers.Dense(3, name="a", trainable=False)
    (fact,) = (layer for layer in model_facts(chain(layer))["layers"] if layer["name"] == "a")
    assert (fact["trainable"], fact["variables"], fact["parameters"]) == (False, [], 15)


@pytest.mark.parametrize(
    "parts, expected",
    [
        ([layers.Dense(3, "softmax", name="d")], ("d", "softmax", 3)),
        ([layers.Dense(3), layers.Activation("sigmoid", name="a")], ("a", "sigmoid", 3)),
        ([layers.Dense(3), layers.Softmax(name="a")], ("a", "softmax", 3)),
        ([layers.Dense(3), layers.ReLU(name="a")], ("a", "relu", 3)),
        ([layers.Dense(3), layers.ReLU(6, name="a")], ("a", "relu6", 3)),
        ([layers.Dense(3), layers.ReLU(negative_slope=0.1, name="a")], ("a", "leaky_relu", 3)),
        ([layers.Dense(3), layers.ReLU(negative_slope=1.0, name="a")], ("a", "linear", 3)),
        ([layers.Dense(3), layers.LeakyReLU(negative_slope=0.3, name="a")], ("a", "leaky_relu", 3)),
        ([layers.Dense(3), layers.LeakyReLU(negative_slope=1.0, name="a")], ("a", "linear", 3)),
        ([layers.Dense(6, layers.ReLU(), name="d"), layers.Reshape((3, 2))], ("d", "relu", 2)),
        ([layers.Dense(3, "sigmoid", name="d"), layers.Activation("linear")], ("d", "sigmoid", 3)),
        ([layers.Dense(3, "sigmoid", name="d"), layers.Dropout(0.1)], ("d", "sigmoid", 3)),
        ([layers.Dense(3, "tanh"), layers.Rescaling(5.0, name="r")], ("r", None, 3)),
        ([layers.Reshape((2, 2)), layers.LSTM(3, name="l")], ("l", "tanh", 3)),
        ([layers.Reshape((2, 2)), layers.TimeDistributed(layers.Dense(3, "softmax"), name="t")], ("t", "softmax", 3)),
        ([layers.Reshape((2, 2)), layers.Softmax(axis=1, name="s")], ("s", None, 2)),
    ],
)
def test_last_activation(parts, expected):
    copies = [layer.__class__.from_config(layer.get_config()) for layer in parts]
    assert last(chain(*copies)) == expected
    without_shape = keras.Sequential([layer.__class__.from_config(layer.get_config()) for layer in parts])
    assert last(without_shape)[:2] == expected[:2]


def test_last_activation_of_operations_and_nested_models():
    x = keras.Input((4,))
    assert last(keras.Model(x, keras.ops.softmax(layers.Dense(3)(x))))[1:] == ("softmax", 3)
    assert last(keras.Model(x, keras.ops.tanh(layers.Dense(3)(x)) * 2.0))[1] is None
    inner = chain(layers.Dense(3, "sigmoid", name="deep"))
    assert last(chain(inner)) == ("deep", "sigmoid", 3)
    assert last(keras.Model(x, inner(x))) == ("deep", "sigmoid", 3)


@pytest.mark.parametrize("name, activation", [("ReLU", "relu"), ("LeakyReLU", "leaky_relu")])
def test_a_layer_of_ones_own_may_have_the_name_of_an_activation(name, activation):
    own = type(name, (layers.Layer,), {"call": lambda self, x: keras.ops.maximum(x, 0.1 * x)})
    assert last(chain(layers.Dense(3), own(name="a"))) == ("a", activation, 3)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(3, "relu", name="first")
        self.rest = [layers.Dense(2, "softmax", name="second")]

    def call(self, x):
        return self.rest[0](self.first(x))


def test_subclassed_model_before_and_after_it_is_built():
    model = Subclassed()
    assert last(model) == ("second", "softmax", 2)
    assert [layer["variables"] for layer in model_facts(model)["layers"]] == [[], []]
    model(np.ones((1, 4)))
    assert [len(layer["variables"]) for layer in model_facts(model)["layers"]] == [2, 2]
    assert "optimizer" not in model_facts(model)


def test_a_model_without_layers():
    assert "outputs" not in model_facts(keras.Sequential())
    assert model_facts(keras.Sequential())["layers"] == []


def two_outputs(as_dict=False):
    x = keras.Input((4,))
    parts = {"left": layers.Dense(1, name="left")(x), "right": layers.Dense(3, "softmax", name="right")(x)}
    return keras.Model(x, parts if as_dict else list(parts.values()))


LEFT, RIGHT = "mean_squared_error", "categorical_crossentropy"


@pytest.mark.parametrize(
    "loss, expected",
    [
        (["mse", RIGHT], [LEFT, RIGHT]),
        ({"right": RIGHT, "left": "mse"}, [LEFT, RIGHT]),
        ({"right": RIGHT}, [None, RIGHT]),
        ("mse", [LEFT, LEFT]),
        (None, [None, None]),
    ],
)
@pytest.mark.parametrize("as_dict", [False, True])
def test_losses_of_two_outputs(loss, expected, as_dict):
    if as_dict and isinstance(loss, list):
        return
    model = two_outputs(as_dict)
    model.compile("sgd", loss)
    known = {output["name"]: output["loss"] for output in model_facts(model)["outputs"]}
    assert known == dict(zip(["left", "right"], expected, strict=True))


def own_loss(y_true, y_pred):
    return keras.ops.mean((y_true - y_pred) ** 2, -1)


class OwnLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return own_loss(y_true, y_pred)


@pytest.mark.parametrize(
    "loss, expected",
    [
        ("mse", ("mean_squared_error", None)),
        ("kl_divergence", ("kl_divergence", None)),
        ("KLDivergence", ("kl_divergence", None)),
        ("bce", ("binary_crossentropy", False)),
        ("no_such_loss", ("no_such_loss", None)),
        (keras.losses.Huber(), ("huber", None)),
        (keras.losses.CategoricalCrossentropy(), ("categorical_crossentropy", False)),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), ("sparse_categorical_crossentropy", True)),
        (keras.losses.binary_crossentropy, ("binary_crossentropy", False)),
        (functools.partial(keras.losses.binary_crossentropy, from_logits=True), ("binary_crossentropy", True)),
        (own_loss, ("own_loss", None)),
        (OwnLoss(), ("own_loss", None)),
        (lambda y, p: own_loss(y, p), ("<lambda>", None)),
        (None, (None, None)),
    ],
)
def test_loss_fact(loss, expected):
    assert loss_fact(loss)[:2] == expected


def test_how_a_loss_is_averaged():
    assert loss_fact("mse")[2] == loss_fact(own_loss)[2] == "sum_over_batch_size"
    assert loss_fact(keras.losses.Huber(reduction="sum"))[2] == "sum"
    assert loss_fact(None)[2] is None


def test_a_loss_that_compile_has_wrapped():
    model = chain(layers.Dense(1))
    model.compile("sgd", keras.losses.binary_crossentropy)
    assert model_facts(model)["outputs"][0]["loss"] == "binary_crossentropy"


@pytest.mark.parametrize(
    "optimizer, expected",
    [
        (lambda: keras.optimizers.Adam(0.25), ("Adam", 0.25)),
        (lambda: "sgd", ("SGD", 0.01)),
        (lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9)), ("SGD", None)),
        (lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.RMSprop(0.5)), ("RMSprop", 0.5)),
    ],
)
def test_optimizer(optimizer, expected):
    model = chain(layers.Dense(1))
    model.compile(optimizer(), "mse")
    known = model_facts(model)["optimizer"]
    assert known["name"] == expected[0]
    assert known["learning_rate"] == (None if expected[1] is None else pytest.approx(expected[1]))


def test_only_a_model():
    with pytest.raises(ValueError, match="Invalid `model`"):
        model_facts("model")
