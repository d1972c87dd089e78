import numpy as np
import pytest
from doctor_runs import fact, found, inputs, losses, output, regression_target, run, series, target

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.split_not_random import split_not_random as rule


def counted(*counts, repeats=0.1, **more):
    names = {str(name): count for name, count in enumerate(counts) if count}
    known = {"rows": sum(counts), "classes": len(names), "class_counts": names, "zero_one": False, "repeats": repeats}
    return target(**{**known, "maximum": len(counts) - 1.0, **more})


def data(train, validation, *more, loss="sparse_categorical_crossentropy"):
    contract = fact("outputs", [output("softmax", loss, 10)])
    rows = fact("inputs", [inputs([0.0] * 8, [1.0] * 8, -3, 3)])
    return run(contract, rows, fact("targets", [train]), fact("validation_targets", [validation]), *more)


SORTED = {
    "ten classes": (counted(*[140] * 8, 0, 0), counted(*[0] * 8, 140, 140, repeats=0.99)),
    "with a class on both sides": (counted(*[140] * 8, 30, 0), counted(*[0] * 8, 110, 140, repeats=0.99)),
    "with five rows on this side": (counted(*[140] * 8, 5, 0), counted(*[0] * 8, 135, 140, repeats=0.99)),
    "three classes": (counted(50, 50, 20), counted(0, 0, 30, repeats=1.0)),
    "two classes, by halves": (counted(100, 0), counted(0, 100, repeats=1.0)),
    "a class that training never sees": (counted(100, 100, 100, 0), counted(30, 30, 30, 30)),
}


@pytest.mark.parametrize("name", SORTED)
def test_sick(name):
    (finding,) = rule.examine(data(*SORTED[name]))
    assert (finding.severity, finding.stage, finding.tips) == ("warning", "setup", ("stratified_split", "shuffle"))
    assert "% of the training rows" in finding.message


def test_yes_and_no_are_classes_under_a_squared_error_too():
    train, validation = (counted(*counts, zero_one=True) for counts in ((100, 200), (100, 0)))
    squared = fact("outputs", [output("linear", "mean_squared_error", 1)])
    assert found(rule, run(list(data(train, validation).records), squared)) == [("warning", ())]


HEALTHY = {
    "alike": (counted(*[140] * 10), counted(*[35] * 10)),
    "chance": (counted(150, 130, 141, 139), counted(28, 41, 35, 36)),
    "a small validation set lacks classes": (counted(*[40] * 10), counted(2, 1, 0, 0, 3, 1, 1, 0, 2, 2)),
    "many classes of few rows": (counted(*[4] * 900), counted(*[1, 0] * 450)),
    "imbalanced on both sides": (counted(950, 50), counted(190, 10)),
    "a rare class is absent by chance": (counted(950, 10), counted(190, 0)),
    "sorted validation of which only a part was seen": (counted(*[400] * 10), counted(4096, repeats=1.0)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    answer = found(rule, data(*HEALTHY[name]))
    assert [severity for severity, _ in answer] in ([], ["info"])
    if "part" not in name:
        assert answer == []


@pytest.mark.parametrize(
    "train, validation",
    [
        ((344, 240, 172, 100, 69, 34, 20, 12, 7, 0), [40] * 10),  # training is imbalanced, which is another ailment
        ((500, 500), (285, 15)),  # training was balanced on purpose
    ],
)
def test_other_shares_are_a_remark(train, validation):
    assert found(rule, data(counted(*train), counted(*validation))) == [("info", ())]


@pytest.mark.parametrize("unseen, sick", [(30, False), (70, True)])
def test_begins_at_a_tenth_that_training_never_saw(unseen, sick):
    validation = counted(500 - unseen, unseen)
    assert (("warning", ()) in found(rule, data(counted(1000, 0), validation))) is sick


@pytest.mark.parametrize("untested, sick", [(20, False), (30, True)])
def test_begins_at_a_quarter_that_is_never_tested(untested, sick):
    train = counted(100 - untested, untested)
    loud = ("warning", ()) in found(rule, data(train, counted(200, 0)))
    assert loud is sick


@pytest.mark.parametrize("rows, sick", [(6, False), (40, True)])
def test_a_class_has_to_be_missed_for_sure(rows, sick):
    assert bool(found(rule, data(counted(400, 400, 400), counted(rows, rows, 0)))) is sick


LOW, HIGH = regression_target(0.0, 5.0, 2.0, 1.2), regression_target(5.0, 9.0, 6.5, 1.0)


@pytest.mark.parametrize(
    "validation, severity",
    [(HIGH, "warning"), (regression_target(0.1, 4.8, 2.1, 1.1), None), (regression_target(1.0, 9.0, 4.0, 2.0), None)],
)
def test_ranges_of_numbers(validation, severity):
    known = found(rule, data(LOW, validation, loss="mean_squared_error"))
    assert known == ([] if severity is None else [(severity, ())])


@pytest.mark.parametrize("minimum, sick", [(3.5, False), (4.9, True)])
def test_ranges_that_overlap_by_less_than_a_tenth(minimum, sick):
    known = found(rule, data(LOW, regression_target(minimum, 9.0, 6.5, 1.0), loss="mean_squared_error"))
    assert bool(known) is sick


@pytest.mark.parametrize("mean, rows, sick", [(4.6, 1000, False), (3.9, 100, True), (3.6, 22, False), (3.6, 100, True)])
def test_means_a_deviation_apart_and_more_than_noise(mean, rows, sick):
    """The larger values, in a narrow range: 5.1 on average."""
    train, validation = regression_target(0.0, 5.0, mean, 1.1), regression_target(5.05, 5.2, 5.1, 0.05)
    sides = ({**side, "rows": rows} for side in (train, validation))
    assert bool(found(rule, data(*sides, loss="mean_squared_error"))) is sick


def test_a_few_numbers_have_no_range():
    assert found(rule, data(LOW, {**HIGH, "rows": 10}, loss="mean_squared_error")) == []


@pytest.mark.parametrize("rare, severity", [(4000, None), (2000, "info")])
def test_less_than_a_quarter_of_other_shares_is_worth_no_word(rare, severity):
    known = found(rule, data(counted(5000, 5000), counted(10_000 - rare, rare)))
    assert known == ([] if severity is None else [(severity, ())])


@pytest.mark.parametrize("score, severity", [(0.8, "info"), (-3.0, "warning")])
def test_a_series_cut_in_time_may_do_well(score, severity):
    scores = [series("training_score", "out", [0.0, 0.85]), series("validation_score", "out", [0.0, score])]
    assert found(rule, data(LOW, HIGH, losses([1.0, 0.2]), *scores, loss="mean_squared_error")) == [(severity, ())]


@pytest.mark.parametrize("features, sick", [(8, True), (20_000, False)])
def test_wide_rows_of_which_only_the_first_were_seen(features, sick):
    cut = list(data(counted(140, 140), counted(100, repeats=1.0)).records)
    wide = fact("inputs", [{**inputs([0.0] * 8, [1.0] * 8, -3, 3), "shape": [features]}])
    assert (("warning", ()) in found(rule, run(cut, wide))) is sick


def test_random_splits_are_healthy():
    random = np.random.default_rng(0)
    for _ in range(300):
        classes, rows = random.integers(2, 100), random.integers(10, 600)
        labels = random.choice(classes, rows, p=random.dirichlet(np.ones(classes)))
        cut = int(rows * random.uniform(0.1, 0.9))
        sides = [counted(*np.bincount(side, minlength=classes).tolist()) for side in (labels[:cut], labels[cut:])]
        assert found(rule, data(*sides)) == []


def test_a_wider_gap_is_not_milder():
    loud = [("warning", ()) in found(rule, data(counted(100, 100), counted(50 - gap, 50 + gap))) for gap in (0, 10, 40, 50)]
    assert loud == sorted(loud)


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs training and validation targets")
