import pytest
from doctor_runs import fact, fit, found, inputs, run

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.split_leak import split_leak as rule

TABLE = inputs([0.0] * 8, [1.0] * 8, -3, 3)
IMAGES = {**inputs([0.3], [0.35], 0, 1), "shape": [8, 8, 1]}
PIXELS = {**inputs([80.0], [90.0], 0, 255), "shape": [28, 28], "integer": True}
TRUTH_TABLE = inputs([0.5, 0.5], [0.5, 0.5], 0, 1, integer=True)
ONE_HOT = inputs([0.125] * 8, [0.33] * 8, 0, 1, integer=True)
FEW_AMOUNTS = inputs([3.0] * 4, [2.0] * 4, 0, 9, integer=True)
LINE = inputs([0.0], [1.0], -2, 2)


def data(x, shared, rows=200, train=800, *more):
    split = {"training_rows": train, "validation_rows": rows, "shared_rows": shared, "distinct_rows": train}
    return run(fact("inputs", [x]), fact("split", split), *more)


@pytest.mark.parametrize("x, shared", [(TABLE, 200), (TABLE, 80), (IMAGES, 40), (PIXELS, 40)])
def test_sick(x, shared):
    (finding,) = rule.examine(data(x, shared))
    assert (finding.severity, finding.stage) == ("warning", "setup")
    assert f"{shared} of 200 validation rows" in finding.message


HEALTHY = {
    "none": data(TABLE, 0),
    "single twins": data(IMAGES, 3),
    "some twins of a table": data(TABLE, 30),
    "few rows": data(TABLE, 4, 4),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, HEALTHY[name]) == []


@pytest.mark.parametrize("x", [TRUTH_TABLE, ONE_HOT, FEW_AMOUNTS, LINE])
def test_rows_of_few_values_repeat_by_chance(x):
    assert found(rule, data(x, 200)) == [("info", ())]


@pytest.mark.parametrize(
    "x, share, sick", [(IMAGES, 0.07, False), (IMAGES, 0.13, True), (TABLE, 0.2, False), (TABLE, 0.3, True)]
)
def test_begins_at_a_tenth_and_for_tables_at_a_quarter(x, share, sick):
    assert bool(found(rule, data(x, round(share * 1000), 1000))) is sick


@pytest.mark.parametrize("rows, shared, sick", [(10, 10, False), (30, 4, False), (30, 6, True)])
def test_a_few_rows_or_twins_are_no_leak(rows, shared, sick):
    assert bool(found(rule, data(IMAGES, shared, rows))) is sick


@pytest.mark.parametrize("length, severity", [(12, "info"), (100, "warning")])
def test_pieces_of_a_text_repeat(length, severity):
    letters = inputs([3.0] * length, [2.5] * length, 0, 8, integer=True, embedded=True)
    assert found(rule, data(letters, 60)) == [(severity, ())]


@pytest.mark.parametrize("features, severity", [(8, "info"), (16, "warning")])
def test_rows_need_forty_bits(features, severity):
    amounts = inputs([50.0] * features, [2.5] * features, 40, 60, integer=True)  # three and a half bits each
    assert found(rule, data(amounts, 200)) == [(severity, ())]


def test_a_part_of_the_training_rows_shows_a_part_of_the_leak():
    long = fit(steps=1001, batch_size=32)
    (finding,) = rule.examine(data(IMAGES, 25, 1000, 4000, long))
    assert finding.evidence["share"] == pytest.approx(0.2)
    assert "about 20% of them" in finding.message


def test_more_of_it_is_not_milder():
    loud = [bool(found(rule, data(TABLE, shared))) for shared in (0, 10, 40, 60, 100, 200)]
    assert loud == sorted(loud)


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs training and validation inputs")
