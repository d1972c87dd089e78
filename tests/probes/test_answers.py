import keras
import numpy as np
import pytest

from keras_tips.probes.answers import Answers, answers
from keras_tips.probes.prediction_numbers import prediction_numbers, score

CLASSES, ONE_HOT = np.array([2, 0, 1, 1]), np.eye(3)[[2, 0, 1, 1]]


def output(activation="softmax", loss="categorical_crossentropy", units=3, from_logits=None):
    known = {"name": "y", "layer": "y", "activation": activation, "units": units, "loss": loss}
    return {**known, "from_logits": from_logits, "reduction": "sum_over_batch_size"}


@pytest.mark.parametrize(
    "targets, out, kind, values",
    [
        (ONE_HOT, output(), "classes", CLASSES),
        (CLASSES, output(loss="sparse_categorical_crossentropy"), "classes", CLASSES),
        (CLASSES[:, None], output(loss="sparse_categorical_crossentropy"), "classes", CLASSES),
        (ONE_HOT * 0.9 + 0.1 / 3, output(), "classes", CLASSES),
        (ONE_HOT, output("softmax", "mean_squared_error"), "classes", CLASSES),
        (np.array([0, 1, 1]), output("sigmoid", "binary_crossentropy", 1), "classes", [0, 1, 1]),
        (np.array([[0.0], [1.0]]), output("sigmoid", "mean_squared_error", 1), "classes", [0, 1]),
        (np.array([-1, 1, 1]), output("tanh", "hinge", 1), "classes", [0, 1, 1]),
        (np.array([[0, 1, 1], [1, 1, 0]]), output("sigmoid", "binary_crossentropy"), "labels", [[0, 1, 1], [1, 1, 0]]),
        (np.array([0.5, 2.5]), output("linear", "mean_squared_error", 1), "numbers", [[0.5], [2.5]]),
        (np.array([3, 7]), output("linear", "mean_squared_error", 1), "numbers", [[3], [7]]),
        (np.array([0, 2]), output("softmax", "own_loss", 3), "classes", [0, 2]),
        (np.array([[0, 2], [1, 1]]), output(loss="sparse_categorical_crossentropy"), "classes", [[0, 2], [1, 1]]),
        (np.array([[0.2, 0.9]]), output("sigmoid", "binary_crossentropy", 2), "numbers", [[0.2, 0.9]]),
    ],
)
def test_what_targets_mean(targets, out, kind, values):
    right = answers(targets, out)
    assert right.kind == kind
    np.testing.assert_array_equal(right.values, values)


@pytest.mark.parametrize("targets", [np.array([np.nan, 1.0]), np.array([]), np.array(["a", "b"]), np.array([0.5, 1.0])])
def test_what_is_no_answer(targets):
    assert answers(targets, output(loss="sparse_categorical_crossentropy")) is None


def test_a_single_unit_of_logits_says_yes_above_zero():
    right = answers(np.array([0, 1]), output("linear", "binary_crossentropy", 1, True))
    assert score(np.array([[-0.1], [0.4]]), right) == 1.0
    assert score(np.array([[-0.1], [0.4]]), answers(np.array([0, 1]), output("sigmoid", "binary_crossentropy", 1))) == 0.5


def test_accuracy_is_that_of_keras():
    said = np.random.default_rng(0).random((4, 3))
    metric = keras.metrics.CategoricalAccuracy()
    metric.update_state(ONE_HOT, said)
    assert score(said, answers(ONE_HOT, output())) == pytest.approx(float(metric.result()))


def test_r_squared_is_that_of_scikit_learn():
    from sklearn.metrics import r2_score

    rng = np.random.default_rng(0)
    right, said = rng.normal(size=(50, 1)), rng.normal(size=(50, 1))
    known = Answers("numbers", right)
    assert score(said, known) == pytest.approx(r2_score(right, said))
    assert score(said[:, 0], known) == pytest.approx(r2_score(right, said))
    assert score(np.ones((50, 1)), Answers("numbers", np.ones((50, 1)))) is None


def test_numbers_of_classes():
    right = Answers("classes", np.repeat([0, 1], [15, 5]))
    said = np.eye(2)[[0] * 18 + [1] * 2]
    found = prediction_numbers(said, right)
    assert {name: found[name] for name in list(found)[:3]} == {
        "training_score": 0.85,
        "top_prediction_share": 0.9,
        "probability_error": 0.0,
    }
    assert found["worst_recall"] == 0.4
    assert prediction_numbers(np.full((20, 2), np.nan), right) == {}
    assert prediction_numbers(said[:3], right) == {}


@pytest.mark.parametrize("row, error", [([0.2, 0.8], 0.0), ([0.3, 0.9], 0.2), ([-0.5, 1.5], 0.5)])
def test_how_far_outputs_are_from_probabilities(row, error):
    said = np.array([[0.5, 0.5], row])
    assert prediction_numbers(said, Answers("classes", np.array([0, 1])))["probability_error"] == pytest.approx(error)


@pytest.mark.parametrize("units", [1, 3])
def test_cross_entropies_are_those_of_keras(units):
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, max(units, 2), 40)
    said = rng.dirichlet(np.ones(units), 40) if units > 1 else rng.uniform(0.01, 0.99, (40, 1))
    found = prediction_numbers(said, Answers("classes", numbers))
    loss = keras.losses.SparseCategoricalCrossentropy if units > 1 else keras.losses.BinaryCrossentropy
    truth = numbers if units > 1 else numbers[:, None].astype("float32")
    for name, logits in (("cross_entropy", False), ("cross_entropy_as_logits", True)):
        assert found[name] == pytest.approx(float(loss(from_logits=logits)(truth, said.astype("float32"))), rel=1e-5)
    assert "cross_entropy" not in prediction_numbers(said + 1, Answers("classes", numbers)), "no probabilities"


@pytest.mark.parametrize("number", [-1, 3])
def test_classes_without_a_unit_have_no_cross_entropy(number):
    found = prediction_numbers(np.full((4, 3), 1 / 3), Answers("classes", np.array([0, 1, 2, number])))
    assert "cross_entropy" not in found
    assert found["training_score"] == 0.25


def test_numbers_of_labels():
    right = Answers("labels", np.array([[0.0, 0.0, 1.0]] * 5 + [[1.0, 0.0, 0.0]] * 5))
    said = np.where(right.values == 1, 0.6, 0.1)
    said[0] = [0.1, 0.1, 0.2]
    found = prediction_numbers(said, right)
    centred = [table - table.mean(0) for table in (said, right.values)]
    assert found["worst_recall"] == pytest.approx(0.9)
    assert found["prediction_correlation"] == pytest.approx(np.corrcoef(*[table.ravel() for table in centred])[0, 1])
    assert prediction_numbers(1 - right.values, right)["prediction_correlation"] == pytest.approx(-1)
    assert "prediction_correlation" not in prediction_numbers(np.ones((10, 3)), right)


def test_spread_of_predictions():
    right = Answers("numbers", np.array([[0.0], [2.0]]))
    assert prediction_numbers(np.array([[3.0], [4.0]]), right)["prediction_spread"] == 0.5
