import numpy as np
import pytest
from doctor_runs import NAN, fact, found, losses, one_hot_target, output, reference, regression_target, run, series, target
from small_training import trained

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.gradient_ascent import gradient_ascent as rule


@pytest.mark.parametrize("settings", [{"sign": -1}, {"sign": -1, "rate": 0.01, "epochs": 40}, {"sign": -1, "rate": 100.0}])
def test_a_network_with_a_negated_loss(settings):
    (finding,) = rule.examine(trained(**settings))
    assert (finding.severity, finding.stage, finding.layers) == ("critical", "training", ())
    assert "rewards errors" in finding.message


@pytest.mark.parametrize("rate", [-0.003, -0.03])
def test_a_network_with_a_negative_learning_rate(rate):
    (finding,) = rule.examine(trained(rate=rate))
    assert (finding.severity, finding.evidence["uphill"]) == ("critical", 1.0)


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.1])
def test_a_network_whose_gradients_are_turned_before_the_optimizer(rate):
    assert found(rule, trained(applied=-1, rate=rate)) == [("critical", ())]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"rate": 0.001},
        {"momentum": 0.9, "rate": 0.1},
        {"shuffled_labels": True},
        {"rate": 30.0},  # diverges, in steps that overshoot
        {"rate": 100.0, "epochs": 4},
        {"widths": (16,) * 6, "gain": 4.0, "rate": 0.01},
    ],
)
def test_healthy_networks_and_other_ailments(settings):
    assert found(rule, trained(**settings)) == []


def known(loss, target, values, *more):
    return run(fact("outputs", [output("linear", loss)]), fact("targets", [target]), losses(values), *more)


NUMBERS = regression_target(-3.0, 3.0, 0.0, 1.0)
SINKING = [-1.0, -5.0, -30.0]


@pytest.mark.parametrize(
    "loss, target, sick",
    [
        ("mean_squared_error", NUMBERS, True),
        ("huber", NUMBERS, True),
        ("categorical_crossentropy", one_hot_target(), True),
        ("binary_crossentropy", NUMBERS, False),  # targets that are no probabilities make it negative
        ("poisson", NUMBERS, False),
        ("cosine_similarity", NUMBERS, False),
        ("likelihood", NUMBERS, False),
    ],
)
def test_losses_that_cannot_be_negative(loss, target, sick):
    assert bool(found(rule, known(loss, target, SINKING))) is sick


def test_a_little_below_zero_is_something_that_was_added():
    assert found(rule, known("mean_squared_error", NUMBERS, [2.0, 0.5, -0.1])) == []
    better = [series("training_score", "out", [0.0, 0.9])]
    assert found(rule, known("mean_squared_error", NUMBERS, SINKING, better)) == []


@pytest.mark.parametrize(
    "values, sick",
    [
        ([-2.3, -8.0], True),
        ([-2.3, -6.0], False),
        ([-0.7, -8.0], False),  # begins near 0, as an overlap or a likelihood may
        ([2.3, -8.0], False),
        ([-0.4, -0.9, -0.99], False),  # an overlap
        ([-2.3, -8.0, NAN], True),
    ],
)
def test_minus_a_cross_entropy_is_known_by_its_first_value(values, sick):
    assert bool(found(rule, known("my_loss", one_hot_target(), values))) is sick


@pytest.mark.parametrize("scores, sick", [([0.1, 0.1], True), ([0.1, 0.9], False)])
def test_a_score_that_gets_better_clears_a_loss(scores, sick):
    score = series("training_score", "out", scores)
    assert bool(found(rule, known("my_loss", one_hot_target(), [-2.3, -8.0], score))) is sick


@pytest.mark.parametrize("score, sick", [(0.14, True), (0.18, False)])
def test_a_score_has_to_be_better_than_a_constant_by_more_than_luck(score, sick):
    """Two standard errors of 0.03 above 0.1."""
    known_score = [
        series("training_score", "out", [0.09, score]),
        fact("references", [reference(constant=0.1, deviation=0.03)]),
    ]
    records = list(known("my_loss", one_hot_target(), [-2.3, -8.0]).records)
    assert bool(found(rule, run(records, *known_score))) is sick


@pytest.mark.parametrize("accuracy, sick", [([0.1, 0.11], True), ([0.1, 0.8], False)])
def test_so_does_an_accuracy_that_keras_logged(accuracy, sick):
    logged = series("accuracy", "train", accuracy)
    assert bool(found(rule, known("my_loss", one_hot_target(), [-2.3, -8.0], logged))) is sick


@pytest.mark.parametrize(
    "values, scores, sick",
    [
        ([-1.0, -15.0], [0.0, -20.0], True),
        ([-1.0, -15.0], [-3.0, -0.5], True),  # better than it was, worse than a constant
        ([-1.0, -15.0], [0.0, 0.8], False),  # a likelihood
        ([-1.0, -15.0], [], False),  # nobody knows
        ([-1.0, -6.0], [0.0, -20.0], False),
    ],
)
def test_other_losses_count_where_the_score_gets_worse(values, scores, sick):
    more = [series("training_score", "out", scores), fact("references", [reference("numbers")])]
    assert bool(found(rule, known("my_loss", NUMBERS, values, more))) is sick


@pytest.mark.parametrize(
    "values, sick",
    [
        ([-1.0, -2000.0, NAN], True),
        ([0.01, -2000.0, NAN], True),
        ([-1.0, -2000.0], False),  # a sum of likelihoods may come so far
        ([-1.0, -500.0, NAN], False),
        ([-10.0, -2000.0, NAN], False),
    ],
)
def test_a_loss_without_an_end(values, sick):
    assert bool(found(rule, known("my_loss", NUMBERS, values))) is sick
    better = [series("training_score", "out", [0.0, 0.8])]
    assert found(rule, known("my_loss", NUMBERS, values, better)) == []


def turned(loss="my_loss", values=(0.5, 0.1), accuracy=(0.5, 0.05), scores=(-0.2, -6.0), activation="sigmoid"):
    """A loss of its own falls; of 1000 answers, of which a fifth is 1, so many were right."""
    goal = target(rows=1000, class_counts={"0": 800, "1": 200})
    logged = [series("binary_accuracy", "train", accuracy)] if accuracy else []
    facts = [fact("outputs", [output(activation, loss, 1)]), fact("targets", [goal])]
    return run(facts, losses(values), logged, series("training_score", "out", scores))


@pytest.mark.parametrize(
    "settings, sick",
    [
        ({}, True),
        ({"accuracy": (0.5, 0.16)}, True),
        ({"accuracy": (0.5, 0.19)}, False),  # within two standard errors of the rarest class
        ({"accuracy": ()}, False),
        ({"scores": (-6.0, -0.2)}, False),
        ({"values": (0.1, 0.5)}, False),
        ({"loss": "binary_crossentropy"}, False),
        ({"activation": "linear"}, False),  # logits, or a margin
    ],
)
def test_answers_that_are_turned_round(settings, sick):
    assert bool(found(rule, turned(**settings))) is sick


def mask(loss="my_loss", values=(0.5, 0.1), alike=(0.0, -0.9), activation="sigmoid", width=64):
    """A loss of its own falls, and what a network says of the positions of a mask goes that well with what they are."""
    goal = target(rows=100, width=width, zero_one=True, classes=None, class_counts={})
    facts = [fact("outputs", [output(activation, loss, 1)]), fact("targets", [goal])]
    return run(facts, losses(values), series("prediction_correlation", "out", alike))


@pytest.mark.parametrize(
    "settings, sick",
    [
        ({}, True),
        ({"alike": (0.0, -0.05)}, False),
        ({"alike": (-0.9, -0.5)}, False),
        ({"alike": (0.0, 0.9)}, False),
        ({"values": (0.1, 0.5)}, False),
        ({"loss": "binary_crossentropy"}, False),
        ({"activation": "linear"}, False),
        ({"width": 1}, False),  # a distance, which is small for what is alike
    ],
)
def test_a_mask_that_comes_out_as_its_negative(settings, sick):
    assert bool(found(rule, mask(**settings))) is sick


def steps(predicted, loss):
    count = len(predicted)
    parts = [series("weight_norm", "k", [1.0] * count), series("gradient_norm", "k", [1.0] * count)]
    return run(parts, series("predicted_loss_change", "train", predicted), series("batch_loss", "train", loss), losses(loss))


@pytest.mark.parametrize("uphill, sick", [(5, False), (9, True)])
def test_most_steps_have_to_go_uphill(uphill, sick):
    assert bool(found(rule, steps([0.1] * uphill + [-0.1] * (10 - uphill), np.linspace(1, 3, 10)))) is sick


@pytest.mark.parametrize("end, sick", [(0.5, False), (1.2, False), (2.0, True), (NAN, True)])
def test_and_the_loss_has_to_rise(end, sick):
    assert bool(found(rule, steps([0.1] * 10, np.r_[np.full(9, 1.0), end]))) is sick


def rising(end=9.0, change=0.5, epochs=4, start=2.0):
    """A loss of a known kind, of which a constant costs ln 10, rises from epoch to epoch in steps that predict a fall."""
    loss = np.linspace(start, end, epochs)
    parts = steps(-change * loss, loss)
    facts = known("categorical_crossentropy", one_hot_target(), []).records
    return run(list(facts), list(parts.records))


@pytest.mark.parametrize(
    "settings, sick",
    [
        ({}, True),
        ({"end": 6.0}, True),
        ({"end": 4.0}, False),  # not twice a constant prediction's
        ({"start": 5.0}, False),  # not twice the start
        ({"change": 1.5}, True),
        ({"change": 3.0}, False),  # steps that overshoot
        ({"epochs": 3}, True),
        ({"epochs": 2}, False),
    ],
)
def test_marks_of_a_quiet_rise(settings, sick):
    assert bool(found(rule, rising(**settings))) is sick


def test_a_train_step_of_its_own_tells_the_losses_of_epochs_only():
    full = trained(applied=-1, rate=0.01)
    without = run([record for record in full.records if record.body.get("quantity") != "batch_loss"])
    assert found(rule, without) == [("critical", ())]


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the training loss")
    assert found(rule, run(losses([NAN, NAN]))) == []
