import pytest
from doctor_runs import contract, fact, fit, found, losses, one_hot_target, optimizer, output, run
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.loss_reduction_sum import loss_reduction_sum as rule

SUM = fact("outputs", [output("softmax", "categorical_crossentropy", reduction="sum")])


@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (GOOD, "info"), (UNSEEN, "info")])
def test_where_training_suffers(records, severity):
    assert found(rule, run(SUM, optimizer("SGD"), fit(batch_size=32), records)) == [(severity, ())]


def test_evidence():
    (finding,) = rule.examine(run(SUM, optimizer("SGD", 0.1), fit(batch_size=32), BAD))
    assert finding.evidence["rate_for_a_mean"] == pytest.approx(3.2)
    assert finding.tips[0] == "mean_reduction"


@pytest.mark.parametrize("name", ["Adam", "RMSprop", "Lion"])
def test_optimizers_that_do_not_mind(name):
    (finding,) = rule.examine(run(SUM, optimizer(name), fit(batch_size=32), BAD))
    assert finding.severity == "info"
    assert "does not mind" in finding.message


@pytest.mark.parametrize("rows, severity", [(3, "info"), (4, "warning"), (None, "warning")])
def test_small_batches(rows, severity):
    assert found(rule, run(SUM, optimizer("SGD"), fit(batch_size=rows), BAD)) == [(severity, ())]


@pytest.mark.parametrize("last, severity", [(0.2 * 32, "info"), (2.2 * 32, "warning")])
def test_a_logged_sum_is_measured_by_the_rows_of_a_batch(last, severity):
    known = contract("softmax", "categorical_crossentropy", one_hot_target(), reduction="sum")
    assert found(rule, run(list(known.records), fit(batch_size=32), losses([2.3 * 32, last]))) == [(severity, ())]


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean", None, "none"])
def test_healthy(reduction):
    means = fact("outputs", [output("softmax", "categorical_crossentropy", reduction=reduction)])
    assert found(rule, run(means, optimizer("SGD"), BAD)) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
