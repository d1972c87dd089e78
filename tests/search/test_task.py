import numpy as np
import pytest

from keras_tips.search.task import Task


@pytest.mark.parametrize(
    "y, expected",
    [
        (np.array([0, 1, 2]), Task(3, "softmax", "sparse_categorical_crossentropy", "accuracy")),
        (np.array([[0], [1]]), Task(2, "softmax", "sparse_categorical_crossentropy", "accuracy")),
        (np.array([False, True]), Task(2, "softmax", "sparse_categorical_crossentropy", "accuracy")),
        (np.eye(4), Task(4, "softmax", "categorical_crossentropy", "accuracy")),
        (np.array([0.5, 1.0]), Task(1, "linear", "mean_squared_error", "mean_absolute_error")),
        (np.array([0.0, 1.0]), Task(1, "linear", "mean_squared_error", "mean_absolute_error")),
        (np.ones((3, 2)), Task(2, "linear", "mean_squared_error", "mean_absolute_error")),
    ],
)
def test_is_read_off_the_targets(y, expected):
    assert Task.of(y) == expected


@pytest.mark.parametrize("y", [np.array(["cat", "dog"]), np.zeros((2, 2, 2)), np.array([-1, 0]), np.array([None])])
def test_refuses_other_targets(y):
    with pytest.raises(ValueError, match="Invalid `y`"):
        Task.of(y)


def test_names_what_is_logged():
    assert Task.of(np.array([0, 1])).logged == ("loss", "accuracy", "val_loss", "val_accuracy")
