import math

import pytest
from doctor_runs import fact, fit, found, layer, losses, output, regression_target, run, series, target

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.class_imbalance import class_imbalance as rule

SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"


def counted(*counts, **more):
    names = {str(name): count for name, count in enumerate(counts)}
    known = {"rows": sum(counts), "classes": len(counts), "class_counts": names, "zero_one": len(counts) == 2}
    return target(**{**known, "maximum": len(counts) - 1.0, **more})


def entropy(*counts):
    return -sum(count / sum(counts) * math.log(count / sum(counts)) for count in counts)


def data(goal, *more, loss=SPARSE, units=10):
    return run(fact("outputs", [output("softmax", loss, units)]), fact("targets", [goal]), *more)


def trained(goal, score, recall, final=0.05, *more, **contract):
    looks = [series("training_score", "out", [0.1, score]), series("worst_recall", "out", [0.0, recall])]
    return data(goal, losses([2.0, final]), *looks, *more, **contract)


RARE = counted(950, 50)
STEPS = counted(344, 240, 172, 100, 69, 34, 20, 12)


def test_sick():
    (finding,) = rule.examine(trained(RARE, 0.95, 0.0, 0.6 * entropy(950, 50)))
    assert (finding.severity, finding.stage, finding.tips) == ("warning", "setup", ("class_weights",))
    assert "950 of 1,000 rows and the smallest 50" in finding.message
    assert finding.evidence["ratio"] == pytest.approx(19)


def test_a_network_that_only_says_the_largest_class():
    (finding,) = rule.examine(trained(RARE, 0.95, 0.0, entropy(950, 50)))
    assert (finding.severity, finding.confidence) == ("warning", 0.5)


def test_validation_in_which_rare_classes_are_not_rare():
    even = fact("validation_targets", [counted(*[45] * 8)])
    scores = series("validation_score", "out", [0.1, 0.7])
    assert found(rule, trained(STEPS, 0.97, 0.9, 0.1, even, scores)) == [("warning", ())]
    assert found(rule, trained(STEPS, 0.97, 0.9, 0.1, fact("validation_targets", [STEPS]), scores)) == [("info", ())]


def masked(share=0.02, recall=0.0, loss=0.1, *more):
    known = {"binary_crossentropy": entropy(share, 1 - share)}
    goal = target(rows=100, width=64, zero_one=True, mean=share, classes=None, class_counts={}, constant_losses=known)
    looks = [series("training_score", "out", [0.1, 1 - share]), series("worst_recall", "out", [0.0, recall])]
    return data(goal, losses([0.7, loss]), *looks, *more, loss=BINARY, units=1)


@pytest.mark.parametrize(
    "a_run, sick",
    [
        (masked(), True),
        (masked(0.98), True),
        (masked(recall=0.5), False),
        (masked(0.2), False),
        (masked(loss=0.5), False),  # it is lost for another reason
        (masked(0.02, 0.0, 0.1, fit(weighted=True)), False),
    ],
)
def test_pixels_of_a_mask(a_run, sick):
    assert found(rule, a_run) == ([("warning", ())] if sick else [])


def test_the_next_word_is_rare_or_frequent_by_nature():
    words = fact("layers", [layer("words", "Embedding", units=8, parameters=12 * 8), layer("out", units=12)])
    goal = counted(*[80] * 11, 8)
    assert found(rule, trained(goal, 0.5, 0.0, 1.5, units=12)) == [("warning", ())]
    assert found(rule, trained(goal, 0.5, 0.0, 1.5, words, units=12)) == [("info", ())]


HEALTHY = {
    "balanced": trained(counted(*[100] * 10), 0.9, 0.8),
    "somewhat imbalanced": trained(counted(300, 60), 0.9, 0.1),
    "many classes, as chance makes them": trained(counted(*range(28, 56), *range(28, 56)), 0.9, 0.2),
    "many classes of few rows": trained(counted(20, 1, 1, 2, 3, 4), 0.9, 0.0),
    "weighted": trained(RARE, 0.95, 0.0, 0.1, fit(weighted=True)),
    "numbers": trained(regression_target(-9.0, 9.0, 0.0, 3.0), 0.9, 0.0),
    "words of a text": trained(counted(900, 50, 30, 12, rows=62, width=16), 0.9, 0.0),
    "amounts": trained({**RARE, "zero_one": False}, 0.95, 0.0, 0.1, loss="mean_squared_error"),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, HEALTHY[name]) == []


REMARKS = {
    "the rare class is recognized": trained(RARE, 0.99, 0.8),
    "less was learned than the shares of the classes": trained(RARE, 0.95, 0.0, 2 * entropy(950, 50)),
    "letters of a text": trained(counted(*range(500, 20, -20), *[20] * 10), 0.55, 0.0, 1.5),
    "before training": data(RARE),
    "never looked at": data(RARE, losses([0.3, 0.1])),
}


@pytest.mark.parametrize("name", REMARKS)
def test_harmless(name):
    assert found(rule, REMARKS[name]) == [("info", ())]


@pytest.mark.parametrize("rare, sick", [(120, False), (80, True)])
def test_begins_at_a_tenth_of_the_largest_class(rare, sick):
    assert bool(found(rule, trained(counted(1000, rare), 0.95, 0.1))) is sick


@pytest.mark.parametrize("rare, sick", [(60, False), (35, True)])
def test_of_three_classes_too(rare, sick):
    assert bool(found(rule, trained(counted(450, 450, rare), 0.95, 0.1))) is sick


@pytest.mark.parametrize("score, severity", [(0.75, "info"), (0.9, "warning")])
def test_of_many_classes_one_may_be_rare_by_nature(score, severity):
    words = counted(*[100] * 38, 10, 10)
    assert found(rule, trained(words, score, 0.0, 0.5)) == [(severity, ())]


def test_of_few_classes_none_is_rare_by_nature():
    assert found(rule, trained(counted(500, 450, 50), 0.7, 0.0, 0.5)) == [("warning", ())]


@pytest.mark.parametrize("validation, severity", [(0.91, "info"), (0.84, "warning")])
def test_a_tenth_of_accuracy_is_a_gap(validation, severity):
    even = [fact("validation_targets", [counted(*[45] * 8)]), series("validation_score", "out", [0.1, validation])]
    assert found(rule, trained(STEPS, 0.97, 0.9, 0.1, *even)) == [(severity, ())]


@pytest.mark.parametrize("recall, severity", [(0.25, "warning"), (0.4, "info")])
def test_neglected_is_a_class_of_which_two_rows_of_three_are_missed(recall, severity):
    assert found(rule, trained(STEPS, 0.97, recall)) == [(severity, ())]


@pytest.mark.parametrize(
    "rare, factor, severity", [(16, 1.3, "warning"), (16, 1.5, "info"), (50, 1.3, "info"), (50, 1.2, "warning")]
)
def test_the_shares_of_few_rows_are_known_roughly(rare, factor, severity):
    goal = counted(1000 - rare, rare)
    assert found(rule, trained(goal, 1 - rare / 1000, 0.0, factor * entropy(1000 - rare, rare))) == [(severity, ())]


def test_a_cut_through_sorted_rows_is_another_ailment():
    sorted_rows = counted(100, 100, 100, 8)
    rest = target(rows=60, classes=1, maximum=3.0, minimum=3.0, class_counts={"3": 60}, repeats=1.0)
    sick = trained(sorted_rows, 0.95, 0.0, 0.1, fact("validation_targets", [rest]))
    assert found(rule, sick) == []


def test_a_part_of_sorted_rows_has_no_shares():
    part = trained({**RARE, "repeats": 0.999}, 0.95, 0.0, 0.1, fit(steps=1000, batch_size=32))
    assert found(rule, part) == []


def test_a_rarer_class_is_not_milder():
    loud = [bool(found(rule, trained(counted(1000, rare), 0.99, 0.0, 1e-3))) for rare in (800, 200, 90, 20, 11)]
    assert loud == sorted(loud)


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the outputs of the model and the training targets")
