"""From model to experiment and back, on every backend."""

import random

import keras
import numpy as np
import pytest

from keras_tips.records import Experiment
from keras_tips.tips import build, describe, get, train

pytestmark = [
    pytest.mark.backend,
    # 2026-11: TensorFlow 2.21's variables lack the copy keyword that NumPy 2 asks for; Keras converts them all the time.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

ROWS = np.random.default_rng(0).normal(3.0, 5.0, size=(48, 4)).astype("float32")
LABELS = np.arange(48) % 3


def chain(activation="sigmoid"):
    layers = [keras.Input((4,)), keras.layers.Dense(6, activation=activation), keras.layers.Dense(3, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def graph():
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(6, activation="tanh")(inputs)
    other = keras.layers.Dense(6)(hidden)
    outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.Activation("relu")(keras.layers.add([hidden, other])))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def weights(model):
    return [keras.ops.convert_to_numpy(weight) for weight in model.weights]


@pytest.mark.parametrize("make", [chain, graph])
def test_round_trip(make):
    given = describe(make(), epochs=1, seed=7)
    model = build(given)
    assert describe(model, epochs=1, seed=7) == given
    assert [each.__class__ for each in model.layers] == [each.__class__ for each in make().layers]
    assert model.compiled


def test_learning_rate_survives():
    assert float(build(describe(chain())).optimizer.learning_rate) == 0.25


def test_seed_decides_the_weights_and_leaves_the_callers_numbers():
    given = describe(chain(), seed=3)
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    first = weights(build(given))
    assert (random.random(), np.random.random()) == expected
    second, other = weights(build(given)), weights(build(given.replace(seed=4)))
    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_training_twice_gives_the_same_numbers():
    given = describe(chain("relu"), epochs=2, batch_size=8)
    model, history = train(given, (ROWS, LABELS), (ROWS, LABELS))
    again, other = train(given, (ROWS, LABELS), (ROWS, LABELS))
    assert history.history == other.history
    assert all(np.array_equal(one, two) for one, two in zip(weights(model), weights(again), strict=True))


@pytest.mark.parametrize("make", [chain, graph])
def test_scaling_is_fitted_to_the_training_rows(make):
    rows = ROWS.copy()
    rows[:, 2] = 5.0  # A constant feature is shifted and not blown up.
    model = build(get("scale_inputs").apply(describe(make())), rows)
    scaled = keras.ops.convert_to_numpy(model.get_layer("scale_inputs")(rows))
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-5)
    assert scaled.std(axis=0) == pytest.approx([1, 1, 0, 1], abs=1e-4)
    elsewhere = keras.ops.convert_to_numpy(model.get_layer("scale_inputs")(rows + 1.0))
    assert elsewhere[:, 2] == pytest.approx(np.ones(48), abs=1e-5)


def test_a_later_layer_is_adapted_to_what_reaches_it():
    layers = [keras.Input((4,)), keras.layers.Rescaling(10.0), keras.layers.Normalization(name="norm"), keras.layers.Dense(3)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    given = describe(model)
    assert given.adapt == ("norm",)
    norm = build(given, ROWS).get_layer("norm")
    mean = keras.ops.convert_to_numpy(norm.adapt_mean)
    assert mean.reshape(-1) == pytest.approx(10.0 * ROWS.mean(axis=0), rel=1e-4)


def test_an_unbuilt_model_is_adapted_too():
    model = keras.Sequential([keras.layers.Normalization(name="norm"), keras.layers.Dense(3)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    norm = build(describe(model), ROWS).get_layer("norm")
    assert keras.ops.convert_to_numpy(norm.adapt_mean).reshape(-1) == pytest.approx(ROWS.mean(axis=0), rel=1e-4)


def test_a_trained_model_hands_its_weights_on():
    trained, _ = train(describe(chain("relu"), epochs=1), (ROWS, LABELS))
    given = get("batch_normalization").apply(describe(trained))
    new = build(given, ROWS, start_from=trained)
    first, output = trained.layers[0], trained.layers[-1]
    assert np.array_equal(weights(new.get_layer(first.name))[0], weights(first)[0])
    assert all(map(np.array_equal, weights(new.get_layer(output.name)), weights(output)))
    model, _ = train(given.replace(fit={"epochs": 1}, seed=5), (ROWS, LABELS), start_from=new)
    assert not np.array_equal(weights(model.get_layer(output.name))[0], weights(output)[0])


def test_scaling_is_learned_anew_where_weights_are_carried_over():
    given = get("scale_inputs").apply(describe(chain("relu")))
    moved = build(given, ROWS + 10.0, start_from=build(given, ROWS)).get_layer("scale_inputs")
    assert keras.ops.convert_to_numpy(moved.adapt_mean).reshape(-1) == pytest.approx(ROWS.mean(axis=0) + 10.0, rel=1e-3)


def test_a_schedule_over_the_training_knows_its_rows():
    given = get("learning_rate_schedule").apply(describe(chain(), epochs=2, batch_size=8))
    schedule = build(given, ROWS).optimizer.get_config()["learning_rate"]["config"]
    assert schedule["decay_steps"] == 12
    assert build(given).optimizer.get_config()["learning_rate"]["config"]["decay_steps"] == 200
    assert describe(build(given, ROWS)).compile["optimizer"]["config"]["learning_rate"]["config"]["decay_steps"] == 12


def test_decay_spares_biases():
    given = get("weight_decay").apply(describe(chain()), rate=0.5).replace(fit={"epochs": 1})
    model = build(given, ROWS)
    model.optimizer.build(model.trainable_variables)
    decayed = {weight.name for weight in model.trainable_variables if model.optimizer._use_weight_decay(weight)}
    assert decayed == {"kernel"}


def test_callbacks_of_the_experiment_take_part():
    given = get("early_stopping").apply(describe(chain(), epochs=9), patience=0, monitor="loss", min_delta=100.0)
    seen = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    epochs = []
    train(given, (ROWS, LABELS), callbacks=[seen])
    assert len(epochs) == 2


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda: describe("model"), "Invalid `model`. Expected a Keras model"),
        (lambda: describe(keras.Sequential([keras.layers.Dense(1)])), "Invalid `model`. Expected a compiled model"),
        (lambda: describe(chain(), seed=-1), "Invalid `seed`"),
        (lambda: describe(chain(), x=ROWS), "Invalid `x`. Expected a plain value"),
        (lambda: describe(chain(), epochs=[3]), "Invalid `epochs`"),
        (lambda: describe(chain(), epochs=-1), "Invalid `epochs`.*epochs=-1"),
        (lambda: describe(chain(), batch_size=float("nan")), "Invalid `batch_size`.*nan"),
        (lambda: build("experiment"), "Invalid `experiment`"),
        (lambda: build(describe(chain()).replace(adapt=("scal",)), ROWS), "Invalid `adapt`"),
        (lambda: train(describe(chain()), ROWS), "Invalid `data`"),
        (lambda: train(Experiment({}, {}), None), "Invalid `data`"),
    ],
)
def test_refuses(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_an_unknown_callback_is_named():
    given = describe(chain()).replace(callbacks={"EarlyStoping": {}})
    with pytest.raises(ValueError, match=r"Invalid `callbacks`.*Did you mean 'EarlyStopping'"):
        train(given, (ROWS, LABELS))


def test_refuses_a_subclassed_model():
    class Mine(keras.Model):
        def call(self, inputs):
            return inputs

    model = Mine()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"Invalid `model`.*Sequential or functional"):
        describe(model)
