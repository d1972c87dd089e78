"""Looks at a network: what they find, and that they leave no trace."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.callbacks.look import look, rows_to_look_at
from keras_tips.callbacks.looking import Looking
from keras_tips.callbacks.rows import Rows
from keras_tips.probes.model_facts import model_facts

pytestmark = pytest.mark.backend
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int64")


def network(*parts, loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), *parts])
    model.compile("sgd", loss)
    return model


def seen(model, rows=None, held_out=None, **more):
    return look(model, model_facts(model)["outputs"], rows or Rows(X, Y), held_out, **more)


def test_losses_and_scores_are_those_of_keras():
    model = network(layers.Dense(8, "relu"), layers.Dense(2, "softmax", name="y"))
    other = Rows(X[:20] + 1, 1 - Y[:20])
    found = seen(model, held_out=other).numbers
    model.compile("sgd", model.loss, metrics=["accuracy"])
    for rows, place, quantity in ((Rows(X, Y), "train", "training_score"), (other, "validation", "validation_score")):
        loss, accuracy = model.evaluate(rows.x, rows.y, verbose=0)
        assert found["inference_loss", place] == pytest.approx(loss, rel=1e-4)
        assert found[quantity, "y"] == pytest.approx(accuracy)
    assert found["training_mode_loss", "train"] == found["inference_loss", "train"]  # no layer knows modes
    assert found["training_mode_score", "y"] == found["training_score", "y"]


def of_keras(losses):
    """On JAX rows are repeated up to a number, which need not be a multiple of theirs: some count once more in a mean."""
    return pytest.approx(sum(float(keras.ops.convert_to_numpy(loss)) for loss in losses), rel=0.01)


def test_penalties_are_those_of_keras():
    parts = layers.Dense(8, kernel_regularizer="l2", activity_regularizer="l1", name="pulled"), layers.Dense(2, "softmax")
    model = network(*parts)
    penalty = seen(model).numbers["penalty", model.get_layer("pulled").path]
    model(X)
    assert penalty == of_keras(model.losses)


@keras.saving.register_keras_serializable()
class Pulls(layers.Layer):
    """Adds two losses of its own."""

    def call(self, inputs):
        self.add_loss(0.5 * keras.ops.mean(keras.ops.square(inputs)))
        self.add_loss(1.0 + keras.ops.zeros(()))
        return inputs


def test_what_a_layer_adds_to_the_loss_by_itself_counts_too():
    model = network(layers.Dense(8, kernel_regularizer="l2"), Pulls(name="adds"), layers.Dense(2, "softmax"))
    penalties = {place: number for (quantity, place), number in seen(model).numbers.items() if quantity == "penalty"}
    model(X)
    assert penalties[model.get_layer("adds").path] == of_keras(model.get_layer("adds").losses)
    assert sum(penalties.values()) == of_keras(model.losses)


def test_training_mode_shows_dropout_and_batch_statistics():
    model = network(
        layers.Dense(64), layers.Dropout(0.5, name="drop"), layers.BatchNormalization(name="norm"), layers.Dense(2, "softmax")
    )
    model.get_layer("norm").moving_mean.assign(np.full(64, 9.0))
    found = seen(model).numbers
    places = {layer.name: layer.path or layer.name for layer in model.layers}
    assert found["mode_shift", places["dense" if "dense" in places else model.layers[0].name]] == 0.0
    assert 1.2 < found["mode_gain", places["drop"]] < 1.7
    assert found["mode_shift", places["norm"]] > 3


def test_nothing_is_changed():
    model = network(
        layers.Dense(8, "relu"), layers.Dropout(0.5, seed=3), layers.BatchNormalization(), layers.Dense(2, "softmax")
    )
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    other.compile("sgd", model.loss)
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in model.variables]
    states = RNG.bit_generator.state, np.random.get_state()[1].tolist()
    seen(model)
    assert all((old == keras.ops.convert_to_numpy(new)).all() for old, new in zip(before, model.variables, strict=True))
    assert np.random.get_state()[1].tolist() == states[1]
    assert model.losses == other.losses == []


def test_silent_and_saturated_units():
    parts = layers.Dense(6, "relu", name="dead", bias_initializer=keras.initializers.Constant(-99)), layers.Dense(2, "softmax")
    model = network(
        layers.Dense(5, "sigmoid", kernel_initializer="ones", bias_initializer=keras.initializers.Constant(50)), *parts
    )
    found, (first, dead, _) = seen(model).numbers, model.layers
    assert found["silent_units", dead.path] == found["activation_zeros", dead.path] == 1.0
    assert found["activation_saturation", first.path] == 1.0
    assert ("activation_saturation", dead.path) not in found


def test_a_wide_network_is_shown_fewer_rows():
    assert rows_to_look_at(network(layers.Dense(8), layers.Dense(2))) == 512
    assert rows_to_look_at(network(layers.Dense(5000), layers.Dense(2))) == 99
    assert rows_to_look_at(network(layers.Dense(500_000), layers.Dense(2))) == 16
    fixed = keras.Sequential([keras.Input((4,), batch_size=7), layers.Dense(2)])
    assert rows_to_look_at(fixed) == 7


def test_of_a_language_model_a_few_rows_say_enough():
    for places, words, rows in ((8, 10, 512), (64, 20_000, 3), (512, 50_000, 2)):
        assert rows_to_look_at(network(layers.RepeatVector(places), layers.Dense(words))) == rows


def test_rows_at_even_distances():
    few = Rows({"a": np.arange(10)}, None).some(4)
    assert (few.x["a"].tolist(), few.y, few.count) == ([0, 3, 6, 9], None, 4)


def test_several_outputs():
    inputs = keras.Input((4,))
    outputs = {"kind": layers.Dense(2, "softmax", name="kind")(inputs), "size": layers.Dense(1, name="size")(inputs)}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"kind": "sparse_categorical_crossentropy", "size": "mse"}, loss_weights={"kind": 1.0, "size": 0.5})
    rows = Rows(X, {"size": X[:, :1], "kind": Y})
    found = seen(model, rows).numbers
    assert {place for quantity, place in found if quantity == "training_score"} == {"kind", "size"}
    known = model.evaluate(rows.x, rows.y, verbose=0)
    assert found["inference_loss", "train"] == pytest.approx(known[0] if isinstance(known, list) else known, rel=1e-4)


def test_a_network_that_can_only_be_trained_is_noted_once():
    class OnlyTrained(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = layers.Dense(2)
            self.built = True

    numbers, notes = [], []
    looking = Looking(OnlyTrained(), lambda step, found: numbers.append(found), notes.append)
    looking.first([], Rows(X))
    looking.last([], Rows(X), None, 32)
    looking.work_out()
    assert numbers == []
    assert len(notes) == 1
    assert notes[0].startswith("The network was not looked at: NotImplementedError")


def test_when_it_looks():
    model, numbers = network(layers.Dense(2, "softmax")), []
    looking = Looking(model, lambda step, found: numbers.append(found), print)
    outputs = model_facts(model)["outputs"]
    looking._began = -1e9  # so long ago that looks cost nothing
    looking.first(outputs, Rows(X, Y))
    counts = []
    for _ in range(20):
        if looking.due():
            looking.again(outputs, Rows(X, Y), None, 32)
        looking.work_out()
        counts.append(len(numbers))
    assert [epoch for epoch in range(1, 21) if epoch == 1 or counts[epoch - 1] > counts[epoch - 2]] == [1, 4, 16]


def test_numbers_wait_until_someone_asks_and_are_those_of_their_step():
    keras.utils.set_random_seed(0)  # layers draw the seeds of their weights when they are made
    model, numbers, step = network(layers.Dense(8, "relu", name="hidden"), layers.Dense(2, "softmax")), [], [0]
    outputs, hidden = model_facts(model)["outputs"], model.get_layer("hidden")
    looking = Looking(model, lambda step, found: numbers.append((step, found)), print, lambda: step[0])
    looking.first(outputs, Rows(X, Y))
    step[0] = 7
    looking.last(outputs, Rows(X, Y), None, 32)
    hidden.set_weights([0 * each for each in hidden.get_weights()])
    model.compile("sgd", "mse")
    assert numbers == []
    looking.work_out()
    looking.work_out()
    at_first, at_last = (numbers_of(numbers, at) for at in (0, 7))
    assert at_first["inference_loss", "train"] == at_last["inference_loss", "train"] > 0.3
    assert at_last["linear_score", hidden.path] > 0.7
    assert not [place for quantity, place in at_first if quantity == "linear_score"]


def numbers_of(written, step):
    return {name: number for at, found in written if at == step for name, number in found.items()}


def test_what_cannot_be_worked_out_is_noted():
    model, numbers, notes = network(layers.Dense(2, "softmax")), [], []
    looking = Looking(model, lambda step, found: numbers.append(found), notes.append)
    looking.first([{"name": "no fact"}], Rows(X, Y))
    assert notes == []
    looking.work_out()
    assert (numbers, len(notes)) == ([], 1)
    assert notes[0].startswith("The network was not worked out: KeyError")


def test_readouts_that_cannot_be_worked_out_leave_the_other_numbers(monkeypatch):
    def fails(*arguments):
        raise np.linalg.LinAlgError("eigenvalues did not converge")

    monkeypatch.setattr("keras_tips.callbacks.look.readout_score", fails)
    model, numbers, notes = network(layers.Dense(2, "softmax")), [], []
    looking = Looking(model, lambda step, found: numbers.append((step, found)), notes.append)
    looking.last(model_facts(model)["outputs"], Rows(X, Y), None, 32)
    looking.work_out()
    assert numbers_of(numbers, 0)["inference_loss", "train"] > 0.3
    assert notes == ["The network was not worked out: LinAlgError: eigenvalues did not converge"]
