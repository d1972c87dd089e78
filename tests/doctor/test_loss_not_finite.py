import pytest
from doctor_runs import INF, NAN, fact, found, inputs, layer, losses, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.loss_not_finite import loss_not_finite as rule

LAYERS = fact("layers", [layer("first", variables=["a"]), layer("last", variables=["b"])])


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_sick_loss(bad):
    (finding,) = rule.examine(run(losses([2.0, bad, bad])))
    assert (finding.severity, finding.layers, finding.evidence["first_step"]) == ("critical", (), 1)


def test_healthy():
    steady = [series("gradient_norm", "a", [1e30, 1e-30]), series("weight_norm", "a", [0.0, 1.0])]
    assert found(rule, run(losses([1e30, 0.0], [3.0, 2.0]), steady)) == []


def test_the_layer_in_which_it_began_is_named():
    gradients = [series("gradient_norm", "a", [1, NAN, NAN]), series("gradient_norm", "b", [1, 1, NAN])]
    assert found(rule, run(LAYERS, gradients)) == [("critical", ("first",))]


def test_no_layer_is_named_where_all_began_together():
    gradients = [series("gradient_norm", place, [1, NAN]) for place in "ab"]
    assert found(rule, run(LAYERS, gradients)) == [("critical", ())]


def test_a_single_overflow_that_passes_is_only_told():
    assert found(rule, run(losses([2.0, 1.0]), series("gradient_norm", "a", [INF, 1, 1]))) == [("info", ())]


def test_an_overflow_at_the_last_step_is_not_the_end_where_loss_and_weights_are_finite():
    last = [series("gradient_norm", "a", [1, 1, INF]), series("weight_norm", "a", [1, 1, 1])]
    assert found(rule, run(losses([2.0, 1.0, 0.5]), last)) == [("info", ())]
    assert found(rule, run(losses([2.0, 1.0, NAN]), last)) == [("critical", ())]
    again = [series("gradient_norm", "a", [1, INF, INF]), series("weight_norm", "a", [1, 1, 1])]
    assert found(rule, run(losses([2.0, 1.0, 0.5]), again)) == [("critical", ())]


def test_weights_are_looked_at_where_the_loss_hides_it():
    (finding,) = rule.examine(run(losses([2.3, 2.3]), series("weight_norm", "a", [1, NAN])))
    assert finding.severity == "critical"
    assert "weight norm of a" in finding.message


def test_nan_in_the_data_is_told():
    (finding,) = rule.examine(run(losses([NAN]), fact("inputs", [inputs([0.0], [1.0], 0, 1, non_finite=7)])))
    assert "stands 7 times in" in finding.message
    assert finding.tips == ("repair_data",)


def test_validation_alone_is_a_warning():
    assert found(rule, run(losses([2.0, 1.0], [2.0, NAN]))) == [("warning", ())]


def test_says_what_is_missing():
    assert isinstance(rule.examine(run(series("accuracy", "train", [NAN]))), Missing)
