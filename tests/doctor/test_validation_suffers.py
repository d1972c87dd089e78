import pytest
from doctor_runs import contract, fact, losses, one_hot_target, output, reference, regression_target, run, series

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


@pytest.mark.parametrize("deviation, suffers", [(0.05, True), (0.3, False)])
def test_a_score_that_luck_moves_more_than_that_tells_nothing(deviation, suffers):
    known = fact("references", [reference("numbers", deviation=deviation)])
    looks = [series("training_score", "out", [0.0, 0.3]), series("validation_score", "out", [0.0, 0.1])]
    ends = fact("outputs", [output("linear", "my_loss", 1)])
    assert validation_suffers(run(ends, known, losses([1.0, 0.7]), looks)) is suffers


@pytest.mark.parametrize("deviation, suffers", [(1.0, True), (1.4, True), (2.0, False), (0.1, True)])
def test_targets_that_spread_more_cost_more(deviation, suffers):
    """Validation costs 4 times what training does, where its targets have this deviation, and those of training 1."""
    goals = [regression_target(-3, 3, 0, spread) for spread in (1.0, deviation)]
    facts = [fact("outputs", [output("linear", "mean_squared_error", 1)])]
    facts += [fact(name, [goal]) for name, goal in zip(("targets", "validation_targets"), goals, strict=True)]
    assert validation_suffers(run(facts, losses([1.0, 0.5], [1.0, 2.0]))) is suffers


def test_before_training_nobody_knows():
    assert validation_suffers(run(CLASSES)) is None
