import math

import numpy as np
import pytest
from doctor_runs import INF, NAN, contract, fact, layer, losses, one_hot_target, output, regression_target, run, target

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import ADDED

RNG = np.random.default_rng(0)


def constant_best(loss, y):
    """The slow way: try many constants."""
    return min(loss(y, constant) for constant in np.linspace(0.001, 0.999, 999))


def test_reference_of_binary_crossentropy():
    y = (RNG.random(500) < 0.2) * 1.0
    slow = constant_best(lambda y, p: -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), y)
    known = reference_loss(contract("sigmoid", "binary_crossentropy", target(mean=float(y.mean())), units=1))
    assert known == pytest.approx(slow, abs=1e-4)


def test_reference_of_squared_and_absolute_error():
    y = RNG.random(500)
    goal = regression_target(0.0, 1.0, float(y.mean()), float(y.std()))
    squared = constant_best(lambda y, c: np.mean((y - c) ** 2), y)
    assert reference_loss(contract("linear", "mean_squared_error", goal)) == pytest.approx(squared, rel=1e-3)
    absolute = constant_best(lambda y, c: np.mean(np.abs(y - c)), y)
    assert reference_loss(contract("linear", "mean_absolute_error", goal)) >= absolute


def test_what_was_measured_for_each_unit_comes_first():
    goal = {**regression_target(0.0, 1.0, 0.5, 0.3), "constant_losses": {"mean_absolute_error": 0.2}}
    assert reference_loss(contract("linear", "mean_absolute_error", goal)) == 0.2
    assert reference_loss(contract("linear", "mean_squared_error", goal)) == pytest.approx(0.09)


def test_reference_of_classes():
    assert reference_loss(contract("softmax", "categorical_crossentropy", one_hot_target(7))) == pytest.approx(math.log(7))


@pytest.mark.parametrize(
    "goal, loss",
    [
        (None, "mean_squared_error"),
        (target(), "own_loss"),
        (target(mean=1.0), "binary_crossentropy"),
        (target(classes=1), "sparse_categorical_crossentropy"),
        (regression_target(1.0, 1.0, 1.0, 0.0), "mean_squared_error"),
        (regression_target(0.0, 1.0, 1.0, NAN), "mean_squared_error"),
        (regression_target(0.0, 1.0, 1.0, 1e300), "mean_squared_error"),
    ],
)
def test_no_reference(goal, loss):
    assert reference_loss(contract("linear", loss, goal)) is None


def test_no_reference_for_two_outputs():
    outs = [output("linear", "mean_squared_error", name=name) for name in "ab"]
    assert reference_loss(run(fact("outputs", outs), fact("targets", [target("a"), target("b")]))) is None


def test_result_against_the_constant_predictor():
    goal = contract("softmax", "categorical_crossentropy", one_hot_target()).records
    result = training_result(run(list(goal), losses([2.3, 2.2, NAN, 1.0, 0.5])))
    assert (result.epochs, result.loss, result.exact, result.idle) == (4, 0.5, True, 0.5)
    assert result.share == pytest.approx(0.5 / math.log(10))
    assert result.good
    assert result.very_good


def test_result_against_the_first_epoch():
    result = training_result(run(losses([4.0, 3.0])))
    assert (result.reference, result.exact, result.share, result.good) == (4.0, False, 0.75, False)


@pytest.mark.parametrize("train", [[], [NAN, INF], [-1.0, -2.0]])
def test_no_result(train):
    assert training_result(run(losses(train))) is None


def test_a_reference_near_zero():
    result = training_result(run(losses([1e-300, 1e10])))
    assert (result.share, result.idle, result.good) == (INF, 1.0, False)


def test_outputs_meet_targets_by_name_else_by_position():
    outs = fact("outputs", [output("linear", None, name="a"), output("linear", None, name="b")])

    def met(*names):
        pairs = paired_outputs(run(outs, fact("targets", [target(name) for name in names])))
        return [goal and goal["name"] for _, goal in pairs]

    assert met("b", "a") == ["a", "b"]
    assert met("y_0", "y_1") == ["y_0", "y_1"]
    assert met("b") == [None, "b"]
    assert met("y") == [None, None]


@pytest.mark.parametrize(
    "change, fits",
    [
        ({}, True),
        ({"maximum": 1}, True),  # JSON may write 1.0 as 1
        ({"classes": None}, True),
        ({"later": "addition"}, True),
        ({"classes": 2.5}, False),
        ({"maximum": True}, False),
        ({"name": 3}, False),
        ({"one_hot": 1}, False),
        ({"mean": "0.5"}, False),
    ],
)
def test_a_fact_is_given_only_as_the_contract_says(change, fits):
    value = [{**target(), **change}]
    assert checked_fact(run(fact("targets", value)), "targets") == (value if fits else None)


def test_a_fact_with_a_hole_is_not_given():
    value = target()
    del value["width"]
    assert checked_fact(run(fact("targets", [value])), "targets") is None
    assert checked_fact(run(fact("targets", "many")), "targets") is None
    assert checked_fact(run(), "targets") is None


def test_a_fact_of_an_earlier_version_is_completed():
    value = layer("a")
    old = {key: value[key] for key in value if key not in ADDED["layers"]}
    (completed,) = checked_fact(run(fact("layers", [old])), "layers")
    assert (completed["inbound"], completed["fresh"], completed["name"]) == ([], None, "a")
