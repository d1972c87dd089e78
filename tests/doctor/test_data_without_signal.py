import pytest
from doctor_runs import fact, fit, found, inputs, layer, losses, output, reference, regression_target, run, series, target

from keras_tips.doctor.diagnose import diagnose
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.data_without_signal import data_without_signal as rule


def data(kind="numbers", training=0.0, validation=0.0, simple=0.0, simple_validation=None, **more):
    """A run on data of which simple predictors make so much."""
    base = 0.5 if kind == "classes" else 0.0
    goal = target() if kind == "classes" else regression_target(-2.0, 2.0, 0.0, 1.0)
    loss = "binary_crossentropy" if kind == "classes" else "mean_squared_error"
    known = {"constant": base, "rows": 256, "linear_held_out": base + simple, "neighbours_held_out": base - 0.1}
    if validation is not None:
        far = base + (simple if simple_validation is None else simple_validation)
        known |= {"validation_rows": 300, "constant_validation": base, "linear_validation": far, "neighbours_validation": base}
    looks = [series("training_score", "out", [base, base + training])]
    looks += [] if validation is None else [series("validation_score", "out", [base, base + validation])]
    parts = [fact("outputs", [output("linear", loss, 1)]), fact("targets", [goal]), losses([1.1, 1.0]), *looks]
    x = inputs([0.0] * 8, [1.0] * 8, -3, 3, **more)
    return run(*parts, fact("references", [reference(kind, **known)]), fact("inputs", [x]), fact("layers", [layer("last")]))


@pytest.mark.parametrize(
    "sick",
    [
        data(),
        data(training=0.9, validation=-0.8),
        data(validation=None),
        data("classes", training=0.06),
        data("classes", training=0.2, validation=0.03),
    ],
)
def test_sick(sick):
    (finding,) = rule.examine(sick)
    assert (finding.severity, finding.stage, finding.tips) == ("warning", "generalization", ("repair_data",))


@pytest.mark.parametrize("kind, within, apart", [("classes", 0.9, True), ("classes", 0.6, False), ("numbers", 0.6, True)])
@pytest.mark.parametrize(
    "returning, steps, cause",
    [
        (60, 10, "labels_corrupt"),
        (0, 10, "augmentation_shift"),
        (20, 10, "augmentation_shift"),  # a third of what should have come again
        (0, 10_000, "labels_corrupt"),  # of so many rows those that were kept may not be seen again
        (None, 10, "labels_corrupt"),
    ],
)
def test_what_only_training_rows_lack_is_no_matter_of_the_data(kind, within, apart, returning, steps, cause):
    sick = data(kind, training=0.06)
    known = [{**sick.fact("references")[0], "within_validation": within}]
    met = {"rows": returning, "changed": 0, "ambiguous": 0, "known": 100, "asked": 60}
    again = [] if returning is None else [fact("relabelled", met)]
    first = diagnose(run(list(sick.records), fact("references", known), again, fit(steps=steps))).findings[0]
    assert first.rule == (cause if apart else "data_without_signal")
    assert (first.evidence.get("within_validation") == within) is apart


@pytest.mark.parametrize("rows, heard", [(30, False), (300, True)])
def test_few_validation_rows_may_agree_by_chance(rows, heard):
    known = [{**data("classes").fact("references")[0], "within_validation": 0.75, "validation_rows": rows}]
    apart = run(list(data("classes").records), fact("references", known))
    assert (found(rule, apart) == []) is heard


def sequence(**more):
    """The last 20 values of some quantities, read by a recurrent layer."""
    known = {**data().fact("inputs")[0], "shape": [20, 1], **more}
    return run(list(data().records), fact("inputs", [known]), fact("layers", [layer("r", "LSTM"), layer("last")]))


def test_the_last_values_of_one_quantity_can_be_read():
    assert found(rule, sequence()) == [("warning", ())]


@pytest.mark.parametrize("more", [{"shape": [20, 3]}, {"embedded": True}, {"integer": True, "shape": [20, 1]}])
def test_other_sequences_need_more_than_simple_predictors(more):
    assert found(rule, sequence(**more)) == []


def drifting(training=(1.1, 1.05, 1.0, 0.98, 0.96, 0.94), validation=(1.0, 1.01, 1.03, 1.05, 1.06, 1.07), score=0.9):
    """A sequence that simple predictors cannot read, and losses of a network, which can learn a batch by heart that well."""
    known = {"rows": 32, "steps": 80, "first_loss": 1.0, "last_loss": 0.05, "score": score, "constant": 0.0}
    return run(list(sequence(shape=[20, 3]).records), fact("one_batch", known), losses(list(training), list(validation)))


def test_what_leads_away_from_validation_from_the_first_epochs_on_is_no_signal():
    assert found(rule, drifting()) == [("warning", ())]


DRIFTING = {
    "validation improves at first": drifting(validation=(1.04, 1.01, 1.0, 1.01, 1.03, 1.07)),
    "validation is better than a constant": drifting(validation=(0.8, 0.81, 0.83, 0.85, 0.86, 0.9)),
    "it cannot learn by heart": drifting(score=0.2),
    "it learns nothing": drifting(training=(1.0, 1.0, 1.01, 1.0, 1.0, 1.0)),
    "too few epochs": drifting(training=(1.1, 1.05, 1.0), validation=(1.0, 1.02, 1.04)),
}


@pytest.mark.parametrize("name", DRIFTING)
def test_of_a_sequence_all_of_it_is_asked_for(name):
    assert found(rule, DRIFTING[name]) == []


def in_vain(first=1.0, aside=(1.0, 1.0, 0.99, 1.0, 1.01, 1.0), training=0.2, validation=0.0):
    """A sequence that simple predictors cannot read, and a network that learned a fifth of its rows; 1 is a constant."""
    known = [fact(name, [regression_target(-2.0, 2.0, 0.0, 1.0)]) for name in ("targets", "validation_targets")]
    looks = [
        series(f"{side}_score", "out", [0.0, score]) for side, score in (("training", training), ("validation", validation))
    ]
    logged = losses([first, *[0.9] * (len(aside) - 1)], aside)
    return run(list(sequence(shape=[20, 3]).records), *known, looks, logged)


@pytest.mark.parametrize(
    "settings, sick",
    [
        ({}, True),
        ({"training": 0.05}, False),  # it has hardly begun to learn
        ({"aside": (1.0, 0.97, 1.0, 1.0, 1.1, 1.2)}, False),
        ({"aside": (1.0, 1.0, 1.0)}, False),
        ({"first": 0.95}, False),  # on rows that were new to it, too
        ({"validation": 0.1}, False),
    ],
)
def test_what_is_of_no_use_for_validation_at_any_time_is_no_signal(settings, sick):
    assert bool(found(rule, in_vain(**settings))) is sick


HEALTHY = {
    "the network generalizes": data(training=0.5, validation=0.4),
    "a linear readout does": data(simple=0.3),
    "it does on validation rows": data(simple_validation=0.3),
    "learned by heart, which is said of the labels": data("classes", training=0.4),
    "training rows alone, of which something was learned": data(training=0.3, validation=None),
    "an autoencoder": run(list(data().records), fact("targets", [{**regression_target(0, 1, 0.3, 0.3), "width": 8}])),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, HEALTHY[name]) == []


@pytest.mark.parametrize("simple, sick", [(0.03, True), (0.07, False)])
def test_a_twentieth_of_the_variance_is_a_signal(simple, sick):
    assert bool(found(rule, data(simple=simple))) is sick


def test_a_better_network_is_not_sicker():
    verdicts = [bool(found(rule, data(training=0.9, validation=validation))) for validation in (-2.0, 0.0, 0.03, 0.1, 0.6)]
    assert verdicts == sorted(verdicts, reverse=True)


def test_few_rows_prove_nothing():
    known = {"constant": 0.0, "rows": 40, "linear_held_out": 0.0, "neighbours_held_out": 0.0}
    assert found(rule, run(list(data(validation=None).records), fact("references", [reference("numbers", **known)]))) == []


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs scores of simple predictors, and of the network after an epoch")
