import pytest
from doctor_runs import (
    INF,
    NAN,
    contract,
    fact,
    inputs,
    losses,
    one_hot_target,
    output,
    reference,
    regression_target,
    run,
    series,
)

from keras_tips.doctor.attainment import attainment, behind_on_validation, gain, reconstructs

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


def net(loss=(2.3, 2.0), *more, **known):
    return run(CLASSES, fact("references", [reference(**{"constant": 0.1, "deviation": 0.0, **known})]), losses(loss), *more)


def test_a_score_as_a_share_of_what_there_is_to_learn():
    assert [gain(score, 0.2) for score in (0.2, 0.6, 1.0, 0.0)] == pytest.approx([0.0, 0.5, 1.0, -0.25])


def test_the_best_measure_counts():
    assert attainment(net()).learned == pytest.approx(1 - 2.0 / 2.302585)
    assert attainment(net((2.3, 2.0), series("training_score", "out", [0.55]))).learned == pytest.approx(0.5)
    assert attainment(net((2.3, 2.0), series("inference_loss", "train", [2.3, 0.2302585]))).learned == pytest.approx(0.9)


@pytest.mark.parametrize("loss, poor", [(1.2, True), (0.8, True), (0.65, False), (0.1, False)])
def test_poor_is_clearly_less_than_a_simple_predictor(loss, poor):
    assert attainment(net((2.3, loss))).poor is poor  # the simple one learns 0.83 of everything


@pytest.mark.parametrize("loss, poor", [(1.2, True), (1.1, False)])
def test_without_a_simple_predictor_that_finds_anything_it_is_half(loss, poor):
    assert attainment(net((2.3, loss), linear_held_out=0.1, neighbours_held_out=0.12)).poor is poor
    assert attainment(run(CLASSES, losses((2.3, loss)))).poor is poor


def test_luck_of_a_simple_predictor_blames_nobody():
    assert attainment(net(linear_held_out=0.2, neighbours_held_out=0.2, deviation=0.05)).attainable is None
    assert attainment(net(deviation=0.1)).attainable < attainment(net(deviation=0.01)).attainable


@pytest.mark.parametrize(
    "score, attainable", [(0.1, None), (0.6, 0.6 - 0.8 * 2**0.5 * 0.4), (0.95, 0.95 - 0.8 * 2**0.5 * 0.05)]
)
def test_numbers_that_are_predicted_well_are_no_luck(score, attainable):
    known = reference("numbers", deviation=0.4, linear_held_out=score, neighbours_held_out=0.0)
    seen = series("training_score", "out", [0.0, 0.0])
    found = attainment(run(fact("references", [known]), losses([1.0, 1.0]), seen))
    assert (found and found.attainable) == (attainable and pytest.approx(attainable))


def test_the_output_that_lacks_most():
    both = [reference(name="a", constant=0.1, deviation=0.0), reference(name="b", constant=0.1, deviation=0.0)]
    seen = [series("training_score", "a", [0.9]), series("training_score", "b", [0.2])]
    outputs = [output("softmax", "categorical_crossentropy", name=name) for name in "ab"]
    assert attainment(run(fact("outputs", outputs), fact("references", both), losses([9.0, 1.0]), seen)).learned < 0.2


def test_copying_is_no_yardstick():
    goal = {**regression_target(0.0, 1.0, 0.5, 0.3), "width": 64}
    facts = [fact("outputs", [output("sigmoid", "mean_squared_error", 64)]), fact("targets", [goal])]
    facts += [
        fact("inputs", [inputs([0.5] * 64, [0.3] * 64, 0, 1)]),
        fact("references", [reference("numbers", linear_held_out=1.0)]),
    ]
    found = attainment(run(facts, losses([0.09, 0.04]), series("training_score", "out", [0.6])))
    assert (found.attainable, found.poor) == (None, False)
    assert reconstructs(run(facts))
    assert not reconstructs(run(facts, fact("targets", [{**goal, "width": 3}])))


@pytest.mark.parametrize("loss", [(), (NAN,), (INF,)])
def test_none_before_training(loss):
    assert attainment(net(loss)) is None
    assert attainment(run(losses([2.3]))) is None


def test_a_constant_that_is_always_right():
    assert attainment(net((2.3, 1.0), series("training_score", "out", [1.0]), constant=1.0)).attainable is None


@pytest.mark.parametrize("score, poor", [(0.2, True), (0.3, False)])
def test_how_much_can_be_copied_nobody_knows(score, poor):
    goal = {**regression_target(0.0, 1.0, 0.5, 0.3), "width": 64}
    facts = [fact("outputs", [output("sigmoid", "binary_crossentropy", 64)]), fact("targets", [goal])]
    facts += [fact("inputs", [inputs([0.5] * 64, [0.3] * 64, 0, 1)]), fact("references", [reference("numbers")])]
    assert attainment(run(facts, losses([0.6, 0.6]), series("training_score", "out", [0.0, score]))).poor is poor


@pytest.mark.parametrize("penalty, learned", [(0.5, 0.7), (2.0, 0.1)])
def test_a_first_epoch_full_of_penalties_is_no_yardstick(penalty, learned):
    """Of a loss of unknown kind, that fell from 1 to 0.3 and was 0.6 without penalties at first."""
    looks = [series("penalty", "model/a", [penalty, 0.0]), series("inference_loss", "train", [0.6, 0.3])]
    known = fact("references", [reference("numbers")])
    seen = run(known, losses([1.0, 0.3]), looks, series("training_score", "out", [0.0, 0.1]))
    assert attainment(seen).learned == pytest.approx(learned)


def aside(score=0.6, simple=0.9, rows=300, kind="classes"):
    known = {"constant": 0.1, "constant_validation": 0.1, "linear_validation": simple, "neighbours_validation": 0.1}
    return run(
        fact("references", [reference(kind, **known, validation_rows=rows)]), series("validation_score", "out", [0.1, score])
    )


@pytest.mark.parametrize(
    "settings, behind",
    [
        ({}, True),
        ({"score": 0.8}, False),
        ({"score": 0.95}, False),
        ({"rows": 12}, False),  # luck
        ({"kind": "numbers"}, True),
        ({"simple": None}, False),
        ({"simple": 5.0, "score": -3.0}, True),  # no accuracies, and nothing to break at
    ],
)
def test_behind_a_simple_predictor_on_validation_rows(settings, behind):
    assert behind_on_validation(aside(**settings)) is behind
