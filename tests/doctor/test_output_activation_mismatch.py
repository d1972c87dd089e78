import pytest
from doctor_runs import (
    contract,
    fact,
    found,
    losses,
    model,
    one_hot_target,
    output,
    reference,
    regression_target,
    run,
    series,
    target,
)
from outcomes import BAD, GOOD

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.output_activation_mismatch import output_activation_mismatch as rule

BINARY, CATEGORICAL, SPARSE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
Z_SCORED = regression_target(-2.5, 2.5, 0.0, 1.0)
RAW = regression_target(25.0, 346.0, 152.0, 77.0)
LABELS = target(width=3, mean=0.5, classes=None)  # 1.5 labels per row of three
CLASS_NUMBERS = target(maximum=9.0, mean=4.5, deviation=2.9, zero_one=False, classes=10)


@pytest.mark.parametrize(
    "activation, loss, units, goal, severity",
    [
        ("softmax", BINARY, 1, target(), "critical"),
        ("softmax", SPARSE, 1, target(), "critical"),
        ("softmax", "some_loss_of_a_user", 1, None, "critical"),
        ("sigmoid", "mean_squared_error", 1, RAW, "critical"),
        ("relu", "mean_squared_error", 1, Z_SCORED, "critical"),
        ("tanh", "mean_absolute_error", 1, RAW, "critical"),
        ("softmax", "mean_squared_error", 3, Z_SCORED, "critical"),
        ("sigmoid", BINARY, 1, CLASS_NUMBERS, "critical"),
        ("sigmoid", BINARY, 1, target(minimum=-1.0, mean=0.0, deviation=1.0, zero_one=False), "critical"),
        ("sigmoid", CATEGORICAL, 3, one_hot_target(3), "warning"),
        ("sigmoid", SPARSE, 10, CLASS_NUMBERS, "warning"),
        ("softmax", BINARY, 3, LABELS, "critical"),
        ("softmax", CATEGORICAL, 3, LABELS, "critical"),
        ("softmax", BINARY, 64, target(width=64, integer=False, zero_one=False, mean=0.3, classes=None), "critical"),
        ("relu", BINARY, 1, target(), "warning"),
        ("tanh", CATEGORICAL, 3, one_hot_target(3), "warning"),
    ],
)
def test_sick(activation, loss, units, goal, severity):
    assert found(rule, contract(activation, loss, goal, units=units)) == [(severity, ("last",))]


@pytest.mark.parametrize(
    "loss, goal, axis, sick",
    [
        (CATEGORICAL, one_hot_target(3), 1, True),
        ("some_loss_of_a_user", target(width=36, one_hot=True, rows_sum_to_one=True), 1, True),  # twelve times of three units
        (SPARSE, target(maximum=2.0, zero_one=False, classes=3), 1, True),
        (CATEGORICAL, one_hot_target(3), None, False),
        ("mean_squared_error", target(width=36, integer=False, zero_one=False), 1, False),  # maps that add up to 1 each
        (CATEGORICAL, target(width=35, one_hot=True), 1, False),
    ],
)
def test_a_softmax_along_another_axis(loss, goal, axis, sick):
    a_run = run(fact("outputs", [output(None, loss, softmax_axis=axis)]), fact("targets", [goal]))
    assert found(rule, a_run) == ([("critical", ("last",))] if sick else [])


@pytest.mark.parametrize(
    "activation, loss, units, goal, logits",
    [
        ("sigmoid", BINARY, 1, target(), False),
        ("sigmoid", BINARY, 3, LABELS, False),
        ("softmax", CATEGORICAL, 10, one_hot_target(), False),
        ("softmax", SPARSE, 10, CLASS_NUMBERS, False),
        ("softmax", BINARY, 3, target(width=3, integer=False, zero_one=False, rows_sum_to_one=True), False),
        ("softmax", "kl_divergence", 3, target(width=3, integer=False, zero_one=False, rows_sum_to_one=True), None),
        ("softmax", "mean_squared_error", 10, one_hot_target(), None),
        ("softmax", SPARSE, 2, target(width=64, mean=0.3), False),  # two classes per pixel
        ("linear", "mean_squared_error", 1, RAW, None),
        ("linear", SPARSE, 10, CLASS_NUMBERS, True),
        ("linear", SPARSE, 10, CLASS_NUMBERS, False),  # the missing softmax is another ailment
        ("linear", BINARY, 1, target(), True),
        (None, "mean_squared_error", 1, Z_SCORED, None),
        ("relu", "mean_squared_error", 1, regression_target(0.0, 9.0, 2.0, 2.0), None),
        ("tanh", "hinge", 1, target(minimum=-1.0, mean=0.0, deviation=1.0, zero_one=False), None),
        ("exponential", "poisson", 1, regression_target(0.0, 60.0, 9.0, 9.0), None),
        ("sigmoid", "mean_squared_error", 64, regression_target(0.0, 1.0, 0.3, 0.37), None),
        ("sigmoid", "some_loss_of_a_user", 1, RAW, None),
        ("sigmoid", None, 1, RAW, None),
    ],
)
def test_healthy(activation, loss, units, goal, logits):
    assert found(rule, contract(activation, loss, goal, units=units, from_logits=logits)) == []


@pytest.mark.parametrize("beyond, severity", [(0.0, None), (0.45, None), (0.55, "warning"), (3.0, "critical")])
def test_targets_may_lie_half_a_deviation_out_of_reach(beyond, severity):
    goal = regression_target(0.0, 1.0 + 0.2 * beyond, 0.5 + 0.2 * beyond, 0.2)
    sick = found(rule, contract("sigmoid", "mean_squared_error", goal, units=1))
    assert sick == ([] if severity is None else [(severity, ("last",))])


@pytest.mark.parametrize("value, sick", [(0.5, False), (2.0, True)])
def test_constant_targets(value, sick):
    goal = regression_target(value, value, value, 0.0)
    assert bool(found(rule, contract("sigmoid", "mean_squared_error", goal, units=1))) is sick


@pytest.mark.parametrize(
    "loss, activation, sick", [(BINARY, "relu", True), (CATEGORICAL, "tanh", True), (CATEGORICAL, "elu", False)]
)
def test_bounded_logits(loss, activation, sick):
    assert bool(found(rule, contract(activation, loss, one_hot_target(3), from_logits=True))) is sick


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_one_sigmoid_is_no_choice_between_classes(loss, logits):
    classes = target(maximum=4.0, mean=2.0, deviation=1.4, zero_one=False, classes=5)
    assert found(rule, contract("sigmoid", loss, classes, units=1, from_logits=logits)) == [("critical", ("last",))]


def test_one_sigmoid_is_right_for_zeros_and_ones_under_whatever_loss():
    assert found(rule, contract("sigmoid", "categorical_crossentropy", target(), units=1)) == []


def test_tensorflow_rescues_sigmoid_units_with_a_categorical_loss():
    (finding,) = rule.examine(contract("sigmoid", CATEGORICAL, one_hot_target(3), backend="tensorflow"))
    assert finding.severity == "info"
    assert "do not add up to 1" in finding.message


@pytest.mark.parametrize("score, severity", [(0.9, "info"), (0.8, "info"), (0.6, "warning")])
def test_predictions_that_tie_are_worse_than_the_loss_promises(score, severity):
    classes = contract("sigmoid", "categorical_crossentropy", one_hot_target(10), units=10, from_logits=False)
    known = [model("tensorflow"), fact("references", [reference(constant=0.1)]), losses([2.3, 0.2])]
    a_run = run(list(classes.records), *known, series("training_score", "out", [0.1, score]))
    assert [severity for severity, _ in found(rule, a_run)] == [severity]


def test_rows_with_few_labels_may_be_classes():
    (finding,) = rule.examine(contract("softmax", BINARY, {**LABELS, "mean": 0.2}))
    assert finding.severity == "warning"
    assert finding.confidence < 0.95


@pytest.mark.parametrize("activation, loss", [("sigmoid", CATEGORICAL), ("relu", CATEGORICAL), ("tanh", CATEGORICAL)])
@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (GOOD, "info")])
def test_what_works_after_a_fashion_is_measured(activation, loss, records, severity):
    known = list(contract(activation, loss, one_hot_target(3)).records)
    assert found(rule, run(known, records)) == [(severity, ("last",))]


@pytest.mark.parametrize("records", [BAD, GOOD])
def test_a_binary_loss_of_what_is_no_probability_is_wrong_in_any_case(records):
    known = list(contract("relu", BINARY, target()).records)
    assert found(rule, run(known, records)) == [("warning", ("last",))]


@pytest.mark.parametrize("mean, severity", [(0.36, "warning"), (0.38, "critical"), (0.25, "critical")])
def test_numbers_of_a_row_that_do_not_add_up(mean, severity):
    goal = {**regression_target(0.0, 1.0, mean, 0.2), "width": 3}
    assert found(rule, contract("softmax", "mean_squared_error", goal)) == [(severity, ("last",))]


@pytest.mark.parametrize(
    "activation, loss, units, goal, tip",
    [
        ("softmax", BINARY, 1, target(), "sigmoid_output"),
        ("softmax", "mean_squared_error", 1, RAW, "linear_output"),
        ("softmax", SPARSE, 1, CLASS_NUMBERS, "softmax_output"),
        ("relu", BINARY, 1, target(), "sigmoid_output"),
        ("relu", CATEGORICAL, 3, one_hot_target(3), "softmax_output"),
        ("sigmoid", CATEGORICAL, 3, one_hot_target(3), "softmax_output"),
        ("softmax", CATEGORICAL, 3, LABELS, "sigmoid_output"),
        ("sigmoid", "mean_squared_error", 1, RAW, "linear_output"),
        ("sigmoid", BINARY, 1, CLASS_NUMBERS, "softmax_output"),
    ],
)
def test_tips(activation, loss, units, goal, tip):
    (finding,) = rule.examine(contract(activation, loss, goal, units=units))
    assert finding.tips[0] == tip


def test_one_bad_output_of_two_is_named():
    both = [
        output("linear", "mean_squared_error", name="a"),
        {**output("sigmoid", "mean_squared_error", name="b"), "layer": "b"},
    ]
    sick = run(fact("outputs", both), fact("targets", [{**RAW, "name": "a"}, {**RAW, "name": "b"}]))
    assert found(rule, sick) == [("critical", ("b",))]


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the outputs of the model")
    assert rule.examine(contract("sigmoid", BINARY)) == Missing("needs the training targets")
