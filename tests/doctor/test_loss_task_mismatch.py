import pytest
from doctor_runs import (
    contract,
    fact,
    found,
    layer,
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
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.loss_task_mismatch import loss_task_mismatch as rule
from keras_tips.doctor.suspicion import CERTAIN

BINARY, CATEGORICAL, SPARSE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
SQUARED = "mean_squared_error"
NUMBERS = regression_target(-2.0, 3.0, 0.0, 1.0)
PIXELS = {**regression_target(0.0, 1.0, 0.3, 0.3), "width": 64}
CLASS_NUMBERS = target(maximum=9.0, mean=4.5, deviation=2.9, zero_one=False, classes=10)
LABELS = target(width=3, classes=None)  # several per row


def net(activation, loss, goal, units, records=UNSEEN, logits=False):
    return run(list(contract(activation, loss, goal, units=units, from_logits=logits).records), records)


@pytest.mark.parametrize(
    "activation, loss, units, goal",
    [
        ("sigmoid", BINARY, 1, NUMBERS),
        ("linear", BINARY, 1, NUMBERS),
        ("linear", BINARY, 1, CLASS_NUMBERS),
        ("softmax", SPARSE, 5, NUMBERS),
        ("softmax", CATEGORICAL, 5, CLASS_NUMBERS),
        ("softmax", CATEGORICAL, 64, {**NUMBERS, "width": 64}),
        ("linear", CATEGORICAL, 1, target()),
        ("sigmoid", CATEGORICAL, 1, target()),
        ("linear", SPARSE, 1, CLASS_NUMBERS),
        ("linear", "hinge", 1, NUMBERS),
        ("softmax", SQUARED, 10, CLASS_NUMBERS),
        ("sigmoid", "mean_absolute_error", 10, CLASS_NUMBERS),
        ("sigmoid", BINARY, 2, target()),
    ],
)
@pytest.mark.parametrize("records", [BAD, UNSEEN, GOOD])
def test_what_cannot_lead_to_the_task(activation, loss, units, goal, records):
    assert found(rule, net(activation, loss, goal, units, records)) == [("critical", ())]


@pytest.mark.parametrize(
    "activation, loss, units, goal, unseen",
    [
        ("softmax", SQUARED, 10, one_hot_target(), "warning"),
        ("sigmoid", "mean_absolute_error", 10, one_hot_target(), "warning"),
        ("linear", SQUARED, 10, one_hot_target(), "info"),
        ("sigmoid", SQUARED, 1, target(), "info"),
        ("softmax", BINARY, 10, one_hot_target(), "info"),
        ("softmax", "hinge", 10, one_hot_target(), "warning"),
        ("sigmoid", "squared_hinge", 1, target(), "warning"),
        ("softmax", "categorical_hinge", 10, one_hot_target(), "warning"),
        ("linear", SQUARED, 3, regression_target(0.0, 9.0, 3.0, 2.0), "warning"),
        ("softmax", CATEGORICAL, 64, PIXELS, "warning"),
    ],
)
def test_what_harms_some_runs(activation, loss, units, goal, unseen):
    severities = [found(rule, net(activation, loss, goal, units, records))[0][0] for records in (BAD, UNSEEN, GOOD)]
    assert severities == ["warning", unseen, "info"]


@pytest.mark.parametrize("activation, severity", [("linear", "info"), ("softmax", "warning")])
def test_least_squares_are_no_reason_for_a_loss_that_is_not_finite(activation, severity):
    broken = losses([2.0, float("nan")])
    assert found(rule, net(activation, SQUARED, one_hot_target(), 10, broken)) == [(severity, ())]


@pytest.mark.parametrize(
    "near, units, severity",
    [
        ([0.0, 0.01, 0.02], 1, "info"),
        ([0.0, 0.3, 0.02], 1, "warning"),  # it was sure once, and may have been wrong
        ([0.0], 1, "warning"),  # before training
        ([], 1, "warning"),
        ([0.0, 0.01, 0.02], 10, "warning"),
    ],
)
def test_a_sigmoid_that_was_never_sure_did_not_hang(near, units, severity):
    goal = target() if units == 1 else one_hot_target()
    layers = fact("layers", [layer("last", activation="sigmoid", output=True)])
    seen = [series("activation_saturation", "model/last", near)] if near else []
    (finding,) = rule.examine(run(list(net("sigmoid", SQUARED, goal, units, BAD).records), layers, seen))
    assert finding.severity == severity
    # Else it would be blamed for whatever else is found.
    assert 0.1 < finding.confidence < CERTAIN or severity == "warning"


def test_zeros_and_ones_as_numbers_are_only_told():
    assert found(rule, net("linear", SQUARED, target(), 1, BAD)) == [("info", ())]


@pytest.mark.parametrize(
    "activation, loss, units, goal",
    [
        ("softmax", CATEGORICAL, 10, one_hot_target()),
        ("softmax", SPARSE, 10, CLASS_NUMBERS),
        ("sigmoid", BINARY, 1, target()),
        ("sigmoid", BINARY, 3, LABELS),
        ("sigmoid", SQUARED, 64, PIXELS),  # an autoencoder
        ("sigmoid", BINARY, 64, PIXELS),
        ("sigmoid", SQUARED, 3, LABELS),  # one of pixels that are 0 or 1
        ("linear", SQUARED, 1, NUMBERS),
        ("linear", SQUARED, 1, CLASS_NUMBERS),  # grades, counts
        ("linear", "hinge", 1, target()),
        ("tanh", "hinge", 1, target(minimum=-1.0, mean=0.0, deviation=1.0, zero_one=False)),
        ("softmax", CATEGORICAL, 3, target(width=3, integer=False, zero_one=False, rows_sum_to_one=True)),
        ("softmax", SPARSE, 2, target(width=64, mean=0.3)),
        ("sigmoid", "own", 1, NUMBERS),
        ("softmax", CATEGORICAL, 1, target()),  # the activation is to blame
        ("sigmoid", BINARY, 1, CLASS_NUMBERS),  # the same
        ("linear", SQUARED, None, CLASS_NUMBERS),
    ],
)
def test_healthy(activation, loss, units, goal):
    assert found(rule, net(activation, loss, goal, units, BAD)) == []


@pytest.mark.parametrize("high, sick", [(1.0005, False), (1.0015, True)])
def test_targets_that_were_scaled_may_be_rounded(high, sick):
    goal = regression_target(0.0, high, 0.4, 0.3)
    assert bool(found(rule, net("sigmoid", BINARY, goal, 1))) is sick


def test_accuracy_of_numbers():
    known = [*contract("linear", SQUARED, NUMBERS, units=1).records, model(metrics=["accuracy"])]
    assert found(rule, run(known)) == [("info", ())]
    assert found(rule, run(known, model(metrics=["mean_absolute_error"]))) == []
    both = [output("linear", SQUARED, 1, name=name) for name in "ab"]
    goals = [{**NUMBERS, "name": name} for name in "ab"]
    assert found(rule, run(model(metrics=["accuracy"]), fact("outputs", both), fact("targets", goals))) == []


@pytest.mark.parametrize(
    "metric, units, numbers, severity",
    [
        ("accuracy", 1, (0, 9, 10), "warning"),
        ("mean_absolute_error", 1, (0, 9, 10), None),
        ("accuracy", 1, (1, 9, 9), None),
        ("accuracy", 1, (0, 90, 40), None),
        ("accuracy", 1, (0, 1, 2), None),
    ],
)
def test_class_numbers_as_amounts(metric, units, numbers, severity):
    low, high, classes = numbers
    goal = target(minimum=float(low), maximum=float(high), classes=classes, integer=True, zero_one=False, deviation=2.9)
    known = [*contract("linear", SQUARED, goal, units=units).records, model(metrics=[metric])]
    assert found(rule, run(known)) == ([(severity, ())] if severity else [])


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(contract("linear", SQUARED)), Missing)


@pytest.mark.parametrize("end, severity", [(0.03, "info"), (0.05, "warning")])
def test_classes_that_win_by_a_hair_are_no_excuse(end, severity):
    """The squared error of a constant is 0.09, and the network scores as well as simple predictors do."""
    known = [fact("references", [reference(constant=0.1, name="out")]), series("training_score", "out", [0.1, 0.84])]
    a_run = run(list(contract("softmax", SQUARED, one_hot_target(), units=10).records), known, losses([0.09, end]))
    assert found(rule, a_run) == [(severity, ())]
