import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.layers import MaxoutDense
from keras_tips.probes.inbound_layers import inbound_layers
from keras_tips.probes.layer_fact import layer_fact
from keras_tips.probes.metric_names import metric_names
from keras_tips.probes.optimizer_fact import optimizer_fact

pytestmark = pytest.mark.backend
SCHEDULE = keras.optimizers.schedules.CosineDecay(0.5, 10)


def built(layer, *shape):
    keras.utils.set_random_seed(1)
    layer.build((None, *shape))
    return layer


@pytest.mark.parametrize(
    "layer, shape, fans",
    [
        (layers.Dense(5), (7,), (7, 5)),
        (layers.Conv2D(5, 3), (8, 8, 2), (18, 45)),
        (layers.Conv2DTranspose(5, 3), (8, 8, 2), (18, 45)),
        (layers.DepthwiseConv2D(3), (8, 8, 2), (9, 9)),
        (layers.LSTM(4), (6, 3), (3, 16)),
        (layers.Dropout(0.5), (3,), (None, None)),
    ],
)
def test_fans(layer, shape, fans):
    fact = layer_fact(built(layer, *shape))
    assert (fact["fan_in"], fact["fan_out"]) == fans


@pytest.mark.parametrize(
    "initializer",
    [
        "glorot_uniform",
        "he_normal",
        "lecun_uniform",
        "random_normal",
        "random_uniform",
        "truncated_normal",
        "orthogonal",
        "zeros",
    ],
)
def test_a_kernel_as_it_was_drawn(initializer):
    layer = built(layers.Dense(200, kernel_initializer=initializer), 300)
    assert layer_fact(layer)["fresh"] is True
    kernel = keras.ops.convert_to_numpy(layer.kernel)
    layer.kernel.assign(kernel * 1.2 + (0.1 if initializer == "zeros" else 0.0) * np.eye(300, 200))
    assert layer_fact(layer)["fresh"] is False


def test_a_small_kernel_gives_itself_away_by_its_bias_and_its_bounds():
    layer = built(layers.Dense(3), 4)
    assert layer_fact(layer)["fresh"] is True
    layer.bias.assign(np.array([0.0, 1e-6, 0.0]))
    assert layer_fact(layer)["fresh"] is False
    layer.bias.assign(np.zeros(3))
    kernel = keras.ops.convert_to_numpy(layer.kernel).copy()
    kernel[0, 0] = 1.1 * (6 / 7) ** 0.5
    layer.kernel.assign(kernel)
    assert layer_fact(layer)["fresh"] is False


@pytest.mark.parametrize("initializer", ["uniform", "random_normal", "glorot_uniform"])
def test_a_table_of_embeddings_as_it_was_drawn(initializer):
    layer = built(layers.Embedding(200, 16, embeddings_initializer=initializer), 5)
    fact = layer_fact(layer)
    assert (fact["fresh"], fact["kernel_deviation"]) == (True, None)
    layer.embeddings.assign(1.2 * keras.ops.convert_to_numpy(layer.embeddings))
    assert layer_fact(layer)["fresh"] is False


def test_ready_made_embeddings_are_not_as_drawn():
    vectors = np.random.default_rng(0).normal(size=(200, 16))
    for initializer in (keras.initializers.Constant(vectors), lambda shape, dtype: keras.ops.cast(vectors, dtype)):
        assert not layer_fact(built(layers.Embedding(200, 16, embeddings_initializer=initializer), 5))["fresh"]


def test_an_initializer_that_nobody_knows():
    layer = built(layers.Dense(20, kernel_initializer=lambda shape, dtype: keras.ops.ones(shape, dtype)), 30)
    assert layer_fact(layer)["fresh"] is None


def test_units_that_are_alike():
    assert layer_fact(built(layers.Dense(3, kernel_initializer="ones"), 4))["identical_units"]
    assert not layer_fact(built(layers.Dense(1, kernel_initializer="ones"), 4))["identical_units"]
    assert not layer_fact(built(layers.Dense(3), 4))["identical_units"]


@pytest.mark.parametrize("kind", [layers.SimpleRNN, layers.GRU, layers.LSTM])
@pytest.mark.parametrize(
    "kernel, recurrent, alike",
    [("ones", "ones", True), ("zeros", "identity", True), ("ones", "orthogonal", False), ("glorot_uniform", "zeros", False)],
)
def test_units_of_a_recurrent_layer_are_alike_if_they_read_each_other_alike(kind, kernel, recurrent, alike):
    if recurrent == "identity" and kind is not layers.SimpleRNN:
        recurrent = "zeros"  # Keras's identity is square, and gates are not
    layer = kind(5, kernel_initializer=kernel, recurrent_initializer=recurrent)
    layer.build((None, 7, 3))
    assert layer_fact(layer)["identical_units"] is alike
    if alike:
        weights = layer.get_weights()
        weights[2][..., 1] = 0.5
        layer.set_weights(weights)
        assert not layer_fact(layer)["identical_units"], "the bias tells them apart"


def test_units_of_a_large_recurrent_layer_are_judged_by_the_first():
    layer = layers.SimpleRNN(2100, kernel_initializer="zeros", recurrent_initializer="zeros")
    layer.build((None, 7, 3))
    assert layer_fact(layer)["identical_units"]


def test_units_of_a_layer_differ_by_one_entry():
    apart = layers.Dense(3, kernel_initializer="zeros", bias_initializer="random_normal")
    assert not layer_fact(built(apart, 4))["identical_units"]


class Linear(layers.Layer):
    """A dense layer of one's own, with or without something that a dense layer does not have."""

    def __init__(self, entries, bias=None, more=False):
        super().__init__()
        self.weight = self.add_weight(shape=entries.shape)
        self.weight.assign(entries)
        if bias is not None:
            self.shift = self.add_weight(shape=bias.shape)
            self.shift.assign(bias)
        if more:
            self.other = self.add_weight(shape=entries.shape)
        self.built = True


@pytest.mark.parametrize(
    "layer, alike",
    [
        (Linear(np.full((4, 3), 0.1)), True),
        (Linear(np.full((4, 3), 0.1), np.zeros(3)), True),
        (Linear(np.arange(4.0)[:, None] * np.ones(3), np.zeros(3)), True),
        (Linear(np.full((4, 3), 0.1), np.arange(3.0)), False),
        (Linear(np.arange(12.0).reshape(4, 3)), False),
        (Linear(np.full((4, 1), 0.1)), False),
        (Linear(np.full((4, 3), 0.1), np.zeros(4)), False),  # no bias of the units
        (Linear(np.full((4, 3), 0.1), more=True), False),
    ],
)
def test_units_that_are_alike_in_a_layer_of_ones_own(layer, alike):
    assert layer_fact(layer)["identical_units"] is alike


def test_size_of_the_kernel_and_mean_of_the_bias():
    fact = layer_fact(
        built(layers.Dense(100, kernel_initializer="random_normal", bias_initializer=keras.initializers.Constant(-8)), 100)
    )
    assert fact["kernel_deviation"] == pytest.approx(0.05, rel=0.05)
    assert fact["bias_mean"] == -8.0


def test_frozen_weights_are_those_that_could_train():
    layer = built(layers.BatchNormalization(), 4)
    assert layer_fact(layer)["frozen"] == 0  # moving statistics are not meant to
    layer.trainable = False
    assert layer_fact(layer)["frozen"] == 8
    wrapper = built(layers.Bidirectional(layers.LSTM(2)), 5, 3)
    wrapper.trainable = False
    assert layer_fact(wrapper)["frozen"] == 2 * (3 * 8 + 2 * 8 + 8)


def test_what_is_regularized():
    layer = layers.Dense(3, kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2")
    assert layer_fact(built(layer, 4))["regularized"] == ["kernel", "bias", "activity"]
    assert layer_fact(built(layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.0)), 4))["regularized"] == []
    assert layer_fact(built(layers.BatchNormalization(gamma_regularizer="l2"), 4))["regularized"] == ["scale"]


def test_rates_and_momentum():
    assert layer_fact(layers.Dropout(0.3))["rate"] == 0.3
    assert layer_fact(layers.GaussianNoise(0.2))["rate"] == 0.2
    assert layer_fact(layers.BatchNormalization(momentum=0.9))["momentum"] == 0.9
    assert layer_fact(layers.Dense(2))["rate"] is None


def test_pieces_of_a_maxout_layer_are_not_alike():
    assert not layer_fact(built(MaxoutDense(3), 4))["identical_units"]


def test_who_reads_whom():
    inputs = keras.Input((4,), name="in")
    left = layers.Dense(4, name="left")(inputs)
    block = keras.Sequential([layers.Dense(4, name="inner_1"), layers.Dense(4, name="inner_2")], name="block")
    nested = keras.Model(inner_in := keras.Input((4,), name="inner_in"), layers.Dense(4, name="deep")(inner_in), name="nested")
    both = layers.Add(name="both")([block(left), nested(left), left])
    reads = inbound_layers(keras.Model(inputs, layers.Dense(1, name="out")(both)))
    assert reads["left"] == ["in"]
    assert reads["inner_1"] == ["left"]
    assert reads["inner_2"] == ["inner_1"]
    assert reads["inner_in"] == ["left"]
    assert reads["deep"] == ["inner_in"]
    assert sorted(reads["both"]) == ["deep", "inner_2", "left"]
    assert reads["out"] == ["both"]


class Table(layers.Layer):
    """A layer of one's own that holds a table of weights, and maybe a bias that is trained."""

    def __init__(self, entries, bias=False):
        super().__init__()
        self.table = self.add_weight(shape=entries.shape, trainable=False)
        self.table.assign(entries)
        if bias:
            self.bias = self.add_weight(shape=entries.shape[1:])
        self.built = True


RANDOM = np.random.default_rng(0).normal(size=(12, 8))
WAVES = np.sin(np.arange(12)[:, None] / 10 ** np.linspace(0, 2, 8))


@pytest.mark.parametrize(
    "layer, frozen, fresh",
    [
        (lambda: Table(RANDOM), 96, True),
        (lambda: Table(WAVES), 96, False),  # codes of positions
        (lambda: Table(RANDOM + 1), 96, False),
        (lambda: Table(np.zeros((12, 8))), 96, False),
        (lambda: Table(RANDOM, bias=True), 0, None),
        (lambda: layers.Normalization(), 0, None),
    ],
)
def test_weights_that_a_layer_of_ones_own_made_so_that_nothing_trains_them(layer, frozen, fresh):
    fact = layer_fact(layer())
    assert (fact["frozen"], fact["fresh"]) == (frozen, fresh)


def test_a_chain_and_a_model_that_nobody_can_look_into():
    chain = keras.Sequential([layers.Dense(2, name="a"), layers.Dense(2, name="b")])
    assert inbound_layers(chain) == {"a": [], "b": ["a"]}

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = layers.Dense(2)

        def call(self, inputs):
            return self.layer(inputs)

    assert inbound_layers(Own()) == {}


@pytest.mark.parametrize(
    "optimizer, expected",
    [
        (keras.optimizers.SGD(0.5, momentum=0.9), ("SGD", 0.5, None, None, 0.9, None, False)),
        (keras.optimizers.RMSprop(0.5, epsilon=0.25), ("RMSprop", 0.5, None, 0.25, 0.0, None, False)),
        (keras.optimizers.AdamW(0.5, weight_decay=0.25, clipvalue=1.0), ("AdamW", 0.5, None, 1e-7, 0.9, 0.25, True)),
        (keras.optimizers.SGD(SCHEDULE), ("SGD", None, "CosineDecay", None, 0.0, None, False)),
        (keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5)), ("SGD", 0.5, None, None, 0.0, None, False)),
    ],
)
def test_optimizers(optimizer, expected):
    fact = optimizer_fact(optimizer)
    keys = ("name", "learning_rate", "schedule", "epsilon", "momentum", "weight_decay", "clips")
    assert tuple(fact[key] for key in keys) == expected


def test_metrics():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert metric_names(model) == []
    model.compile("sgd", "mse", metrics=["accuracy", keras.metrics.AUC()], weighted_metrics=["mae"])
    assert metric_names(model) == ["accuracy", "auc", "mae"]
