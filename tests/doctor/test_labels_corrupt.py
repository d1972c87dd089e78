import pytest
from doctor_runs import fact, fit, found, inputs, layer, losses, one_hot_target, output, reference, run, series, target

from keras_tips.doctor.diagnose import diagnose
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.labels_corrupt import labels_corrupt as rule

SPARSE, BINARY, CATEGORICAL = "sparse_categorical_crossentropy", "binary_crossentropy", "categorical_crossentropy"


def numbers(low, high, **more):
    """Class numbers from `low` to `high`, evenly."""
    names = range(low, high + 1)
    known = {"minimum": float(low), "maximum": float(high), "mean": (low + high) / 2, "deviation": 2.0, "zero_one": False}
    counts = {str(name): 10 for name in names}
    return target(**{**known, "rows": 10 * len(names), "classes": len(names), "class_counts": counts, **more})


def two(low, high, **more):
    known = {"minimum": float(low), "maximum": float(high), "mean": (low + high) / 2, "deviation": (high - low) / 2}
    return target(zero_one=False, class_counts={str(low): 50, str(high): 50}, **{**known, **more})


def contract(loss, goal, units, *more):
    activation = "sigmoid" if loss == BINARY else "softmax"
    return run(fact("outputs", [output(activation, loss, units)]), fact("targets", [goal]), *more)


SICK = {
    "fractions": (SPARSE, numbers(0, 9, integer=False, classes=None, class_counts={}), 10),
    "from 1 on": (SPARSE, numbers(1, 10), 10),
    "negative": (SPARSE, numbers(-3, 6), 10),
    "-1 and 1": (SPARSE, two(-1, 1), 2),
    "beyond the units": (SPARSE, numbers(0, 9), 5),
    "binary -1 and 1": (BINARY, two(-1, 1), 1),
    "binary 1 and 2": (BINARY, two(1, 2), 1),
    "a mask of 0 and 255": (BINARY, two(0, 255, width=64, classes=None), 1),
    "one class": (BINARY, target(mean=1.0, minimum=1.0, deviation=0.0, classes=1, class_counts={"1": 100}), 1),
}


@pytest.mark.parametrize("name", SICK)
def test_sick(name):
    (finding,) = rule.examine(contract(*SICK[name]))
    assert (finding.severity, finding.stage, finding.tips) == ("critical", "setup", ("repair_data",))


HEALTHY = {
    "class numbers": (SPARSE, numbers(0, 9), 10),
    "fewer classes than units": (SPARSE, numbers(0, 7), 10),
    "units that nobody knows": (SPARSE, numbers(0, 9), None),
    "per word": (SPARSE, numbers(0, 9, width=20), 10),
    "one-hot": (CATEGORICAL, one_hot_target(), 10),
    "soft labels": (CATEGORICAL, target(width=3, integer=False, zero_one=False, rows_sum_to_one=True), 3),
    "several labels per row, which is another ailment": (CATEGORICAL, target(width=4, mean=0.5, classes=None), 4),
    "binary": (BINARY, target(), 1),
    "several labels": (BINARY, target(width=3, classes=None), 3),
    "pixels as targets": (BINARY, target(integer=False, zero_one=False, classes=None, width=64), 64),
    "many classes under a binary loss, which is another ailment": (BINARY, numbers(0, 9), 1),
    "amounts": ("mean_squared_error", numbers(-40, 90), 1),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, contract(*HEALTHY[name])) == []


@pytest.mark.parametrize("units, sick", [(9, True), (10, False)])
def test_the_last_class_needs_a_unit(units, sick):
    assert bool(found(rule, contract(SPARSE, numbers(0, 9), units))) is sick


def test_a_number_that_losses_are_told_to_ignore():
    ignored = numbers(-1, 9, width=1)
    assert found(rule, contract(SPARSE, ignored, 10)) == [("warning", ())]
    assert found(rule, contract(SPARSE, {**ignored, "width": 64}, 10)) == [("info", ())]
    assert found(rule, contract(SPARSE, ignored, 10, losses([2.0, 0.2]))) == [("info", ())]
    assert found(rule, contract(SPARSE, ignored, 10, losses([2.0, 2.3]))) == [("critical", ())]


@pytest.mark.parametrize("mean, severity", [(0.3, "warning"), (0.45, None)])
def test_rows_that_are_no_distribution(mean, severity):
    goal = target(width=4, mean=mean, deviation=0.4, classes=None)
    sick = found(rule, contract(CATEGORICAL, goal, 4, losses([1.4, 1.3])))
    assert sick == ([] if severity is None else [(severity, ())])


def test_one_class_may_be_the_beginning_of_sorted_rows():
    alone = target(mean=1.0, minimum=1.0, deviation=0.0, classes=1, class_counts={"1": 100})
    assert found(rule, contract(BINARY, alone, 1, fit(steps=100, batch_size=10))) == [("warning", ())]
    assert found(rule, contract(BINARY, alone, 1, fact("validation_targets", [target()]))) == []


@pytest.mark.parametrize("rows, sick", [(10, False), (30, True)])
def test_of_a_few_rows_one_class_may_be_chance(rows, sick):
    alone = target(mean=1.0, minimum=1.0, deviation=0.0, classes=1, class_counts={"1": rows}, rows=rows)
    assert bool(found(rule, contract(BINARY, alone, 1))) is sick


def unrelated(classes=10, learned=0.9, simple=None, validation=None, simple_validation=None, shape=(64,), **more):
    """A network on labels that nothing predicts: as many classes, of equal size."""
    chance = 1 / classes
    error = (chance * (1 - chance) / 256) ** 0.5
    simple = chance if simple is None else simple
    validation = chance if validation is None else validation
    known = {"constant": chance, "deviation": error, "linear_held_out": simple, "neighbours_held_out": chance}
    known |= {"rows": 256, "validation_rows": 300, "constant_validation": chance, "neighbours_validation": chance}
    known |= {"linear_validation": chance if simple_validation is None else simple_validation}
    goal = numbers(0, classes - 1, one_hot=False, class_counts={str(name): 100 for name in range(classes)}, rows=100 * classes)
    x = {**inputs([0.0] * shape[-1], [1.0] * shape[-1], -3, 3), "shape": list(shape), **more}
    looks = [series("training_score", "out", [chance, chance + learned * (1 - chance)])]
    looks += [series("validation_score", "out", [chance, validation])]
    return contract(
        SPARSE,
        goal,
        classes,
        fact("references", [reference(**known)]),
        fact("inputs", [x]),
        fact("layers", [layer("last")]),
        losses([2.3, 2.0]),
        *looks,
    )


@pytest.mark.parametrize("classes, learned, sick", [(10, 0.9, True), (10, 0.05, True), (2, 0.9, True), (2, 0.05, False)])
def test_labels_that_nothing_predicts(classes, learned, sick):
    assert found(rule, unrelated(classes, learned)) == ([("warning", ())] if sick else [])


@pytest.mark.parametrize("classes, sick", [(4, False), (6, True)])
def test_five_classes_look_shuffled_without_being_learned_by_heart(classes, sick):
    assert bool(found(rule, unrelated(classes, 0.05))) is sick


def test_the_numbers_are_told():
    (finding,) = rule.examine(unrelated())
    assert "0.91 on its training rows" in finding.message
    assert finding.evidence["validation_score"] == pytest.approx(0.1)


def test_says_why_such_labels_hurt():
    (finding,) = (finding for finding in diagnose(unrelated()).findings if finding.rule == "labels_corrupt")
    assert "learned by heart" in finding.why
    (finding,) = diagnose(contract(*SICK["negative"])).findings
    assert "depends on the backend" in finding.why


GENERALIZES = {
    "the network itself": unrelated(validation=0.5),
    "a linear readout": unrelated(simple=0.3),
    "a linear readout on validation rows": unrelated(simple_validation=0.45),
    "a little of both": unrelated(simple=0.145, simple_validation=0.3),
    "words, of which nothing was learned": unrelated(learned=0.05, embedded=True),
    "a sequence, of which nothing was learned": unrelated(learned=0.05, shape=(20, 4)),
    "bits, of which nothing was learned": unrelated(learned=0.05, integer=True, minimum=0.0, maximum=1.0),
}


@pytest.mark.parametrize("name", GENERALIZES)
def test_what_is_learned_is_no_noise(name):
    assert found(rule, GENERALIZES[name]) == []


@pytest.mark.parametrize("errors, sick", [(2.0, True), (4.0, False)])
def test_three_standard_errors_above_a_constant_are_a_signal(errors, sick):
    simple = 0.1 + errors * (0.09 / 256) ** 0.5
    assert bool(found(rule, unrelated(simple=simple))) is sick


@pytest.mark.parametrize("simple, sick", [(0.2, True), (0.45, False)])
def test_a_class_that_was_called_by_its_name_by_luck_is_no_signal(simple, sick):
    """Validation rows of one class look alike: a tenth of all rows is right at once."""
    assert bool(found(rule, unrelated(simple_validation=simple))) is sick


@pytest.mark.parametrize("learned, last, sick", [(0.3, 0.1, True), (0.3, 0.3, False), (0.05, 0.1, False)])
def test_of_a_network_that_learned_something_the_end_counts(learned, last, sick):
    """It was at 0.3 by luck, or before it broke down."""
    looks = series("validation_score", "out", [0.1, 0.3, last])
    assert bool(found(rule, run(list(unrelated(learned=learned).records), looks))) is sick


@pytest.mark.parametrize("validation, sick", [(0.11, True), (0.13, False)])
def test_of_words_a_doubt_is_enough(validation, sick):
    """Only the network can read them: a standard error above a constant is 0.017."""
    assert bool(found(rule, unrelated(embedded=True, validation=validation))) is sick


@pytest.mark.parametrize("shape, sick", [((8, 8, 1), True), ((20, 4), False)])
def test_pictures_can_be_read_whatever_layers_look_at_them(shape, sick):
    attention = fact("layers", [layer("last"), layer("heads", "MultiHeadAttention")])
    assert bool(found(rule, run(list(unrelated(learned=0.2, shape=shape).records), attention))) is sick


def test_few_rows_prove_nothing():
    few = unrelated(classes=2)
    blurred = fact("references", [{**few.fact("references")[0], "deviation": 0.08}])
    assert found(rule, run(list(few.records), blurred)) == []


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the outputs of the model and the training targets")


@pytest.mark.parametrize(
    "rows, changed, ambiguous, sick",
    [(64, 60, 0, True), (64, 10, 0, False), (6, 6, 0, False), (64, 60, 3, False), (64, 0, 0, False)],
)
def test_rows_that_come_back_with_other_targets(rows, changed, ambiguous, sick):
    again = fact("relabelled", {"rows": rows, "changed": changed, "ambiguous": ambiguous})
    known = contract("categorical_crossentropy", one_hot_target(3), 3, again)
    assert found(rule, known) == ([("critical", ())] if sick else [])
