import numpy as np
import pytest
from doctor_runs import fact, found, inputs, losses, output, run, series, target

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.train_validation_shift import train_validation_shift as rule

UNIT = inputs([0.3] * 4, [0.35] * 4, 0, 1)
PIXELS = inputs([76.0] * 4, [89.0] * 4, 0, 255)
INVERTED = inputs([0.7] * 4, [0.35] * 4, 0, 1)
Z_SCORED = inputs([0.0] * 4, [1.0] * 4, -3, 3)
RAW = inputs([50.0, 3.0, -9.0, 1e4], [9.0, 2.0, 5.0, 1e3], -20, 14_000)
ONE_RAW = inputs([0.0, 0.0, 0.0, 50.0], [1.0, 1.0, 1.0, 9.0], -3, 80)


def data(train, validation, *more):
    return run(fact("inputs", [train]), fact("validation_inputs", [validation]), *more)


def scores(train, validation):
    outputs = fact("outputs", [output("softmax", "categorical_crossentropy")])
    known = [series("training_score", "out", [0.1, train]), series("validation_score", "out", [0.1, validation])]
    return [outputs, *losses([2.0, 0.1]), *known]


@pytest.mark.parametrize(
    "train, validation", [(UNIT, PIXELS), (PIXELS, UNIT), (UNIT, INVERTED), (Z_SCORED, RAW), (Z_SCORED, ONE_RAW)]
)
def test_sick(train, validation):
    (finding,) = rule.examine(data(train, validation, *scores(0.95, 0.3)))
    assert (finding.severity, finding.stage, finding.tips) == ("warning", "setup", ("same_preprocessing",))
    assert "clearly worse" in finding.message


def picture(deviation):
    return {**inputs([0.3], [deviation], 0, 1), "shape": [8, 8, 1]}


@pytest.mark.parametrize("times, sick", [(1.5, False), (2.5, True), (4.0, True)])
def test_a_picture_s_channel_hardly_scatters(times, sick):
    assert bool(found(rule, data(picture(0.2 * times), picture(0.2), *scores(0.95, 0.3)))) is sick
    table = [{**picture(each), "shape": [1]} for each in (0.2 * times, 0.2)]
    assert bool(found(rule, data(*table, *scores(0.95, 0.3)))) is (times > 3)


HEALTHY = {
    "alike": (UNIT, UNIT),
    "chance": (Z_SCORED, inputs([0.1, -0.2, 0.15, 0.0], [0.9, 1.2, 1.0, 1.1], -3, 3)),
    "one feature drifts": (Z_SCORED, inputs([0.0, 0.1, 0.0, 2.0], [1.0, 1.0, 1.0, 0.3], -3, 4)),
    "few rows": (Z_SCORED, {**INVERTED, "rows": 8}),
    "words": ({**PIXELS, "embedded": True}, UNIT),
    "a rare column that validation sets more often": (
        inputs([0.0, 0.0, 2e-4], [1.0, 1.0, 0.0156], -3, 3),
        inputs([0.0, 0.0, 0.05], [1.0, 1.0, 0.22], -3, 3, rows=20),
    ),
    "a column that is constant in training": (
        inputs([0.0, 0.0, 1.0], [1.0, 1.0, 0.0], -3, 3),
        inputs([0.0] * 3, [1.0] * 3, -3, 3),
    ),
    "another number of features": (UNIT, inputs([9.0] * 3, [9.0] * 3, 0, 99)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, data(*HEALTHY[name], *scores(0.95, 0.3))) == []


def test_a_score_may_hide_that_outputs_are_far_off():
    far = [series("inference_loss", "train", [2.3, 0.1]), series("inference_loss", "validation", [2.3, 40.0])]
    assert found(rule, data(UNIT, PIXELS, *scores(0.95, 0.94), *far)) == [("warning", ())]


def test_where_validation_does_well_it_is_a_remark():
    assert found(rule, data(UNIT, INVERTED, *scores(0.95, 0.93))) == [("info", ())]


@pytest.mark.parametrize("validation, severity", [(PIXELS, "warning"), (INVERTED, "info")])
def test_before_training_only_the_gross_counts(validation, severity):
    assert found(rule, data(UNIT, validation)) == [(severity, ())]


@pytest.mark.parametrize("times, severity", [(5.0, "info"), (20.0, "warning")])
def test_gross_is_a_factor_of_ten(times, severity):
    assert found(rule, data(Z_SCORED, inputs([0.0] * 4, [times] * 4, -9, 9))) == [(severity, ())]


@pytest.mark.parametrize("rows, sick", [(10, False), (30, True)])
def test_a_few_rows_have_no_mean(rows, sick):
    far = {**inputs([90.0] * 4, [1.0] * 4, 80, 99), "rows": rows}
    assert bool(found(rule, data(Z_SCORED, far))) is sick


@pytest.mark.parametrize("shift, sick", [(0.4, False), (0.6, True)])
def test_begins_at_half_a_deviation(shift, sick):
    train, validation = ({**inputs([mean] * 4, [1.0] * 4, -3, 3), "rows": 1000} for mean in (0.0, shift))
    assert bool(found(rule, data(train, validation, *scores(0.9, 0.5)))) is sick


@pytest.mark.parametrize("rows, sick", [(100, False), (400, True)])
def test_a_shift_has_to_stand_out_of_the_noise(rows, sick):
    train, validation = ({**inputs([mean] * 4, [1.0] * 4, -3, 3), "rows": rows} for mean in (0.0, 0.6))
    assert bool(found(rule, data(train, validation, *scores(0.9, 0.5)))) is sick


@pytest.mark.parametrize("times, sick", [(2.5, False), (4.0, True)])
def test_begins_at_a_factor_of_three(times, sick):
    assert bool(found(rule, data(Z_SCORED, inputs([0.0] * 4, [times] * 4, -9, 9), *scores(0.9, 0.5)))) is sick


def results(first=0.6, aside=(0.9, 1.5, 2.0), own=0.01, share=0.5, mean=0.5):
    """Inputs that look alike, and the losses of a network for two kinds of rows: a constant costs ln 2."""
    known = {"classes": 2, "zero_one": True, "rows": 1000, "mean": 0.5, "deviation": 0.5}
    goals = [target(**known, class_counts={"0": round(1000 * (1 - each)), "1": round(1000 * each)}) for each in (0.5, share)]
    facts = [fact("targets", goals[:1]), fact("validation_targets", [{**goals[1], "mean": mean}])]
    facts += [fact("outputs", [output("sigmoid", "binary_crossentropy", 1)])]
    looks = series("inference_loss", "train", [0.7, own])
    return data(UNIT, UNIT, *facts, *losses([first, *[own] * (len(aside) - 1)], aside), looks)


@pytest.mark.parametrize(
    "settings, sick",
    [
        ({}, True),
        ({"first": 0.69}, False),  # nothing was learned for new rows, so the rows may have been learned by heart
        ({"aside": (0.6, 1.5, 2.0)}, False),  # it was of use there for a while
        ({"aside": (0.9, 1.5)}, False),
        ({"own": 0.5}, False),  # nor does it know its training rows at inference
        ({"share": 0.9}, False),  # other classes are frequent there
        ({"mean": 0.55}, True),
        ({"mean": 0.8}, False),  # targets are other ones there
    ],
)
def test_what_held_for_new_rows_never_held_for_validation(settings, sick):
    assert found(rule, results(**settings)) == ([("warning", ())] if sick else [])


def test_random_splits_are_healthy():
    random = np.random.default_rng(0)
    for _ in range(200):
        features = random.integers(1, 30)
        rows = np.exp(random.normal(0, random.uniform(0.1, 1.0), (random.integers(60, 500), features)))
        cut = int(len(rows) * random.uniform(0.5, 0.9))
        sides = [inputs(part.mean(0), part.std(0), part.min(), part.max(), rows=len(part)) for part in (rows[:cut], rows[cut:])]
        assert found(rule, data(*sides, *scores(0.9, 0.5))) == []


def test_a_larger_shift_is_not_milder():
    shifted = [inputs([mean] * 4, [1.0] * 4, -9, 99) for mean in (0.0, 0.3, 0.8, 3.0, 50.0)]
    loud = [bool(found(rule, data(Z_SCORED, each, *scores(0.9, 0.5)))) for each in shifted]
    assert loud == sorted(loud)


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs training and validation inputs")
