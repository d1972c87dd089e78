import pytest
from doctor_runs import fact, fit, found, losses, output, regression_target, run, series, target

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.unshuffled_data import unshuffled_data as rule


def counted(*counts, repeats, **more):
    names = {str(name): count for name, count in enumerate(counts)}
    known = {"rows": sum(counts), "classes": len(counts), "class_counts": names, "zero_one": False}
    return target(**{**known, "maximum": len(counts) - 1.0, "repeats": repeats, **more})


def data(goal, *more, loss="sparse_categorical_crossentropy"):
    return run(fact("outputs", [output("softmax", loss, 10)]), fact("targets", [goal]), fit(batch_size=32, steps=32), *more)


def trained(goal, score, *more, **contract):
    return data(goal, losses([0.4, 0.05]), series("training_score", "out", [0.1, score]), *more, **contract)


SORTED = counted(*[100] * 10, repeats=0.99)


def test_sick():
    (finding,) = rule.examine(trained(SORTED, 0.2))
    assert (finding.severity, finding.stage, finding.tips) == ("warning", "setup", ("shuffle",))
    assert "99% of them have the class of the row before, where chance makes 10%" in finding.message
    assert "in batches of 32" in finding.message


def test_a_good_logged_loss_is_no_excuse():
    assert found(rule, data(SORTED, losses([0.1, 1e-3]))) == [("warning", ())]


HEALTHY = {
    "shuffled": trained(counted(*[100] * 10, repeats=0.11), 0.2),
    "shuffled and imbalanced": trained(counted(950, 50, repeats=0.91), 0.95),
    "taking turns": trained(counted(100, 100, repeats=0.0), 0.2),
    "a pattern in single rows": trained(counted(100, 100, repeats=0.7), 0.5),
    "few rows": trained(counted(3, 3, repeats=0.8), 0.5),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, HEALTHY[name]) == []


@pytest.mark.parametrize("rows, sick", [(30, False), (60, True)])
def test_a_few_rows_of_one_class_are_the_beginning_of_anything(rows, sick):
    other = fact("validation_targets", [counted(50, 50, repeats=0.5)])
    assert bool(found(rule, data(counted(rows, repeats=1.0), other))) is sick


REMARKS = {
    "learned all the same": trained(SORTED, 0.97),
    "before training, where fit will shuffle": data(SORTED),
    "short runs, of which each batch holds several": trained(counted(*[100] * 10, repeats=0.85), 0.2),
}


@pytest.mark.parametrize("name", REMARKS)
def test_harmless(name):
    assert found(rule, REMARKS[name]) == [("info", ())]


@pytest.mark.parametrize("goal", [regression_target(0, 9, 4, 2), counted(50, 50, repeats=0.99, width=8, rows=12)])
def test_numbers_and_words_are_not_judged(goal):
    assert rule.examine(trained(goal, 0.2, loss="mean_squared_error")) == Missing(
        "needs targets with one class per row; the order of other targets is not known"
    )


@pytest.mark.parametrize("repeats, sick", [(0.49, False), (0.61, True)])
def test_begins_half_way_between_chance_and_sorted_rows(repeats, sick):
    assert bool(found(rule, trained(counted(*[100] * 10, repeats=repeats), 0.2))) is sick


@pytest.mark.parametrize("repeats, severity", [(0.96, "info"), (0.976, "warning")])
def test_rows_of_one_class_have_to_fill_a_batch(repeats, severity):
    assert found(rule, trained(counted(*[100] * 10, repeats=repeats), 0.2)) == [(severity, ())]


def test_the_first_class_of_many():
    first = counted(1000, repeats=1.0, maximum=0.0)
    many = fact("validation_targets", [counted(*[30] * 10, repeats=0.1)])
    long = fit(batch_size=32, steps=400)
    assert found(rule, trained(first, 0.2, many, long)) == [("warning", ())]
    assert found(rule, trained(first, 0.2, many)) == []  # all rows that there are: they have one class


def test_more_order_is_not_milder():
    loud = [bool(found(rule, trained(counted(*[100] * 10, repeats=repeats), 0.2))) for repeats in (0.1, 0.3, 0.7, 0.9, 0.99)]
    assert loud == sorted(loud)


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the outputs of the model and the training targets")
