import keras
import numpy as np
import pytest

from keras_tips.probes.data_loss import data_loss
from keras_tips.probes.losses_of import loss_weights_of, losses_of

pytestmark = pytest.mark.backend
SAID = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]], "float32")
NUMBERS = np.array([0, 2])
BY_HAND = float(-np.log([0.7, 0.1]).mean())


@pytest.mark.parametrize(
    "loss, target",
    [
        ("sparse_categorical_crossentropy", NUMBERS),
        ("sparse_categorical_crossentropy", NUMBERS[:, None]),
        (keras.losses.SparseCategoricalCrossentropy(), NUMBERS),
        ("categorical_crossentropy", np.eye(3)[NUMBERS].astype("float32")),
        (keras.losses.categorical_crossentropy, np.eye(3)[NUMBERS].astype("float32")),
    ],
)
def test_by_hand(loss, target):
    assert data_loss([loss], [1.0], [target], [SAID], 32) == pytest.approx(BY_HAND, rel=1e-5)


def test_a_column_against_a_row():
    assert data_loss(["mse"], [1.0], [np.array([1.0, 3.0])], [np.array([[2.0], [3.0]])], 32) == pytest.approx(0.5)


def test_a_sum_has_the_unit_of_a_batch():
    summed = keras.losses.MeanSquaredError(reduction="sum")
    assert data_loss([summed], [1.0], [np.zeros((4, 1))], [np.ones((4, 1))], 32) == pytest.approx(32.0)


def test_weights_of_outputs():
    ones, zeros = np.ones((4, 1)), np.zeros((4, 1))
    assert data_loss(["mse", "mae"], [2.0, 0.5], [ones, ones], [zeros, zeros], 32) == pytest.approx(2.5)
    assert data_loss(["mse", None], [1.0, 1.0], [ones, ones], [zeros, zeros], 32) is None


def test_losses_and_weights_of_a_model():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, {name: keras.layers.Dense(1, name=name)(inputs) for name in "ab"})
    model.compile(loss={"a": "mse", "b": "mae"}, loss_weights={"a": 3.0, "b": 1.0})
    assert losses_of(model, ["a", "b"]) == ["mse", "mae"]
    assert loss_weights_of(model, ["a", "b"]) == [3.0, 1.0]
    model.compile(loss="mse")
    assert losses_of(model, ["a", "b"]) == ["mse", "mse"]
    assert loss_weights_of(model, ["a", "b"]) == [1.0, 1.0]


def test_the_logits_behind_a_softmax_are_not_found():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "softmax")])
    with pytest.warns(UserWarning, match="softmax over axis"):
        said = keras.ops.convert_to_numpy(model(np.ones((4, 2), "float32")))
    loss = data_loss(["binary_crossentropy"], [1.0], [np.array([[0.0], [1.0]] * 2)], [said], 32)
    assert loss > 5  # every prediction is 1, so half of them are infinitely wrong, up to rounding


class Asks(keras.Model):
    def train_step(self, data):
        return {"loss": self.compute_loss(*data)}


class AsksWithin(keras.Model):
    def train_step(self, data):
        def value():
            return self.loss(*data)

        return {"loss": value()}


class HandsOn(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


class HasItsOwn(keras.Model):
    def train_step(self, data):
        loss = keras.ops.mean(data[1])
        return {"loss": loss}


@pytest.mark.parametrize("kind, known", [(Asks, "mse"), (AsksWithin, "mse"), (HandsOn, "mse"), (HasItsOwn, None)])
def test_the_compiled_loss_counts_where_a_step_of_ones_own_asks_for_it(kind, known):
    inputs = keras.Input((2,))
    model = kind(inputs, keras.layers.Dense(1, name="a")(inputs))
    model.compile(loss="mse")
    assert losses_of(model, ["a"]) == [known]
