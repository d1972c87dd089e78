import pytest
from doctor_runs import contract, fact, fit, found, losses, one_hot_target, optimizer, output, run
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.loss_reduction_sum import loss_reduction_sum as rule
from keras_tips.records.record import Record

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


def at(quantity, place, steps, values):
    known = {"quantity": quantity, "places": [place], "steps": steps, "values": [[value] for value in values]}
    return Record("series", known)


def own_step(logged, looked_at, validation=None, rows=32):
    """Losses of four epochs of one's own training step, and of rows looked at before them, after the second and the last."""
    means = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)
    ends, looks = [10, 20, 30, 40], [0, 20, 40]
    known = [
        at("loss", "train", ends, logged),
        at("loss", "validation", ends, validation or [2.0] * 4),
        at("inference_loss", "train", looks, looked_at),
        at("inference_loss", "validation", looks[1:], [2.0, 2.0]),
    ]
    return run(means, known, fit(batch_size=rows), optimizer("SGD", 0.1), BAD[1:])


def test_a_step_of_ones_own_that_logs_sums():
    (finding,) = rule.examine(own_step([150.0, 70.0, 66.0, 64.0], [3.0, 2.0, 2.0]))
    assert finding.severity == "warning"
    assert finding.message.startswith("The training step logs 34 times the loss of its rows")


@pytest.mark.parametrize(
    "a_run",
    [
        own_step([3.0, 2.2, 2.1, 2.0], [3.0, 2.0, 2.0]),
        own_step([90.0, 20.0, 20.0, 20.0], [3.0, 2.0, 2.0]),  # ten times as much: penalties, weights, or dropout
        own_step([150.0, 70.0, 66.0, 20.0], [3.0, 2.0, 2.0]),  # once by chance
        own_step([150.0, 70.0, 66.0, 64.0], [3.0, 2.0, 2.0], validation=[64.0] * 4),  # another loss, in both
        own_step([12.0, 8.0, 8.0, 8.0], [3.0, 2.0, 2.0], rows=4),
    ],
)
def test_other_figures_that_are_logged(a_run):
    assert found(rule, a_run) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
