import pytest
from doctor_runs import INF, NAN, contract, fact, found, inputs, layer, losses, one_hot_target, output, run, series, target

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.inputs_not_finite import inputs_not_finite as rule

CLEAN = inputs([0.0] * 4, [1.0] * 4, -3, 3)
HOLES = {**CLEAN, "non_finite": 3}
CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)
LAYERS = fact("layers", [layer("first", variables=["first/kernel"]), layer("last")])


def data(x=CLEAN, y=None, *more):
    return run(LAYERS, fact("inputs", [x]), fact("targets", [target() if y is None else y]), *more)


def norms(last):
    return series("weight_norm", "first/kernel", [1.0, last])


def test_sick():
    (finding,) = rule.examine(data(HOLES))
    assert (finding.severity, finding.stage, finding.tips) == ("critical", "setup", ("repair_data",))
    assert "3 in the training inputs" in finding.message
    assert finding.evidence["largest_share"] == pytest.approx(3 / 400)


@pytest.mark.parametrize("count, sick", [(0, False), (1, True)])
def test_one_is_enough(count, sick):
    assert bool(found(rule, data({**CLEAN, "non_finite": count}))) is sick


def test_targets_count_too():
    (finding,) = rule.examine(data(CLEAN, target(non_finite=7), fact("outputs", [output("sigmoid", "binary_crossentropy")])))
    assert finding.severity == "critical"
    assert "7 in the training targets" in finding.message


def test_a_relu_that_hides_it_in_a_finite_loss():
    hidden = [CLASSES, losses([2.3, 2.303])]
    assert found(rule, data(HOLES, None, *hidden, norms(NAN))) == [("critical", ())]


@pytest.mark.parametrize("last_loss, severity", [(0.4, "info"), (2.303, "warning"), (NAN, "critical"), (INF, "critical")])
def test_what_the_run_shows_decides(last_loss, severity):
    known = [
        list(contract("softmax", "categorical_crossentropy", one_hot_target()).records),
        losses([2.3, last_loss]),
        norms(1.0),
    ]
    assert found(rule, run(LAYERS, fact("inputs", [HOLES]), *known)) == [(severity, ())]


def test_a_layer_in_front_may_replace_them():
    layers = fact("layers", [layer("fill", "NanToNum", None, 0), layer("first")])
    assert found(rule, run(layers, fact("inputs", [HOLES]))) == [("info", ())]
    assert found(rule, run(fact("layers", [layer("first"), layer("later", "Lambda")]), fact("inputs", [HOLES]))) == [
        ("critical", ())
    ]


@pytest.mark.parametrize("loss, severity", [("masked_loss", "info"), ("mean_squared_error", "critical"), (None, "info")])
def test_a_loss_of_ones_own_may_leave_targets_out(loss, severity):
    assert found(rule, data(CLEAN, target(non_finite=1), fact("outputs", [output("linear", loss)]))) == [(severity, ())]


@pytest.mark.parametrize("side", ["validation_inputs", "validation_targets"])
def test_validation_alone_is_a_warning(side):
    holes = fact(side, [HOLES if side == "validation_inputs" else target(non_finite=2)])
    assert found(rule, data(CLEAN, None, holes)) == [("warning", ())]


def test_more_of_it_is_not_milder():
    few, many = (rule.examine(data({**CLEAN, "non_finite": count}))[0] for count in (1, 400))
    assert few.severity == many.severity
    assert few.evidence["largest_share"] < many.evidence["largest_share"]


def test_healthy():
    assert found(rule, data()) == []


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the training inputs or targets")
