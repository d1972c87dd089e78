import pytest
from doctor_runs import contract, fact, found, layer, losses, reference, regression_target, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.bias_regularized import bias_regularized as rule

OFFSET = regression_target(3.0, 8.0, 5.0, 1.0)
CENTRED = regression_target(-3.0, 3.0, 0.0, 1.0)


def penalized(kinds=("bias",), penalty=0.5, goal=CENTRED, score=0.1):
    layers = [layer("first"), layer("last", output=True, activation="linear", regularized=list(kinds))]
    known = list(contract("linear", "mean_squared_error", goal, units=1).records)
    looks = [series("penalty", "model/last", [0.0, penalty]), series("training_score", "out", [0.0, score])]
    return run(fact("layers", layers), known, looks, fact("references", [reference("numbers")]), losses([2.0, 1.0]))


def test_sick():
    assert found(rule, penalized()) == [("warning", ("last",))]


def test_offset_targets_tell_bias_from_kernel():
    assert found(rule, penalized(("kernel", "bias"), goal=OFFSET)) == [("warning", ("last",))]
    assert found(rule, penalized(("kernel", "bias"), goal=CENTRED)) == [("info", ("last",))]


@pytest.mark.parametrize("mean, severity", [(0.8, "info"), (1.2, "warning")])
def test_offset_begins_at_a_deviation(mean, severity):
    goal = regression_target(mean - 3.0, mean + 3.0, mean, 1.0)
    assert found(rule, penalized(("kernel", "bias"), goal=goal)) == [(severity, ("last",))]


@pytest.mark.parametrize("penalty, severity", [(0.07, "info"), (0.13, "warning")])
def test_a_tenth_of_the_loss_is_costly(penalty, severity):
    assert found(rule, penalized(penalty=penalty)) == [(severity, ("last",))]


def test_training_that_goes_well_is_only_told():
    (finding,) = rule.examine(penalized(score=0.9))
    assert (finding.severity, finding.tips[0]) == ("info", "no_bias_penalty")


def test_before_training():
    assert found(rule, run(fact("layers", [layer("a", regularized=["bias", "kernel"])]))) == [("info", ("a",))]


@pytest.mark.parametrize("kinds", [[], ["kernel"], ["activity", "recurrent", "scale"]])
def test_healthy(kinds):
    assert found(rule, penalized(kinds)) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
