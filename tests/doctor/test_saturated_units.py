import pytest
from doctor_runs import NAN, contract, fact, found, layer, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.saturated_units import saturated_units as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
STUCK, LEARNS = [2.31, 2.30, 2.30], [2.3, 0.9, 0.2]
REFERENCES = fact("references", [reference(constant=0.1, deviation=0.02)])


def net(*shares, loss=STUCK, activation="tanh", **more):
    layers = [layer(f"h{number}", activation=activation, **more) for number in range(len(shares))]
    parts = [series("activation_saturation", f"model/h{number}", values) for number, values in enumerate(shares)]
    return run(fact("layers", layers), CLASSES, REFERENCES, losses(loss), parts)


def test_sick():
    assert found(rule, net((0.95, 0.9), (0.95, 0.97), (0.2, 0.3))) == [("warning", ("h1", "h0"))]


def test_from_the_start_the_inputs_come_first_and_later_the_learning_rate():
    assert [rule.examine(net(values))[0].tips[0] for values in ((0.9, 0.9), (0.1, 0.9))] == [
        "scale_inputs",
        "lower_learning_rate",
    ]


@pytest.mark.parametrize(
    "a_run, severity",
    [
        (net((0.1, 0.5)), None),
        (net((0.9, 0.3)), None),  # came off the border
        (net((0.9, 0.95), loss=LEARNS), "info"),
        (net((0.9, 0.95), activation="sigmoid", output=True), None),  # a sure classifier
        (net((0.9, 0.95), kind="LSTM"), None),
        (net((0.9, 0.95), activation="relu"), None),
    ],
)
def test_healthy(a_run, severity):
    assert found(rule, a_run) == ([] if severity is None else [(severity, ("h0",))])


@pytest.mark.parametrize("share, sick", [(0.75, False), (0.85, True)])
def test_begins_at_four_fifths(share, sick):
    assert bool(found(rule, net((0.1, share)))) is sick


def test_of_units_that_are_too_few_it_is_only_told():
    few = [layer("h0", activation="tanh", units=1, fan_in=8, inbound=["in"])]
    few += [layer("last", activation="softmax", output=True, fan_in=1, inbound=["h0"])]
    for units, severity in ((1, "info"), (64, "warning")):
        layers = fact("layers", [{**few[0], "units": units}, few[1]])
        a_run = run(list(net((0.9, 0.95)).records), layers, series("linear_score", "model/h0", [0.3]))
        assert found(rule, a_run) == [(severity, ("h0",))]


def test_before_training_it_is_a_remark():
    layers = fact("layers", [layer("h0", activation="sigmoid")])
    assert found(rule, run(layers, series("activation_saturation", "model/h0", [0.99]))) == [("info", ("h0",))]


def test_more_of_it_is_surer():
    (low,), (high,) = (rule.examine(net((0.1, share))) for share in (0.82, 0.99))
    assert low.confidence < high.confidence


def test_a_share_beyond_the_whole_is_no_surer_than_the_whole():
    assert rule.examine(net((0.1, 1e30)))[0].confidence == rule.examine(net((0.1, 1.0)))[0].confidence


def test_says_what_is_missing_and_never_raises():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", [layer("h0", activation="tanh")]))), Missing)
    assert found(rule, run(fact("layers", [layer("h0")]))) == []
    assert found(rule, net((0.1, NAN), loss=[NAN])) == []
