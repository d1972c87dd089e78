import pytest
from doctor_runs import contract, losses, one_hot_target, run, series

from keras_tips.doctor.validation_suffers import validation_suffers

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


@pytest.mark.parametrize("train, validation, suffers", [(0.9, 0.85, False), (0.9, 0.75, True)])
def test_scores_a_tenth_apart(train, validation, suffers):
    looks = [series("training_score", "out", [0.1, train]), series("validation_score", "out", [0.1, validation])]
    assert validation_suffers(run(CLASSES, losses([2.0, 0.3]), looks)) is suffers


@pytest.mark.parametrize(
    "train, validation, suffers",
    [
        (2.0, 2.4, False),  # a tenth of a constant's loss, but not half as much again
        (0.1, 0.2, False),  # twice as much, but of little
        (0.8, 1.3, True),
    ],
)
def test_losses_where_nothing_else_is_known(train, validation, suffers):
    assert validation_suffers(run(CLASSES, losses([2.3, train], [2.3, validation]))) is suffers


def test_before_training_nobody_knows():
    assert validation_suffers(run(CLASSES)) is None
