import pytest
from doctor_runs import NAN, contract, fact, found, layer, losses, one_hot_target, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.vanishing_gradient import vanishing_gradient as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
STUCK, LEARNS, SLOW = [2.31, 2.30, 2.30, 2.30], [2.3, 0.9, 0.3, 0.1], [2.3, 2.0, 1.6, 1.3]


def net(gradients, loss=STUCK, weight=10.0, kinds=None, later=None, facts=CLASSES):
    """Layers h0, h1, ... with these relative gradients at 16 steps, from step 1 on with those of `later`."""
    kinds = kinds or ["Dense"] * len(gradients)
    layers = [layer(f"h{i}", kind, variables=[f"h{i}/kernel"]) for i, kind in enumerate(kinds)]
    later = later or gradients
    records = [fact("layers", layers)]
    for i, (first, rest) in enumerate(zip(gradients, later, strict=True)):
        records.append(series("gradient_norm", f"h{i}/kernel", [weight * first] + [weight * rest] * 15))
        records.append(series("weight_norm", f"h{i}/kernel", [weight] * 16))
    return run(records, facts, losses(loss))


def test_sick():
    assert found(rule, net([1e-5, 1e-4, 5e-2, 1.0])) == [("critical", ("h0", "h1"))]


@pytest.mark.parametrize(
    "gradients, loss",
    [
        ([0.5, 0.3, 1.0], STUCK),  # stuck, but not by this
        ([1e-5, 1e-4, 1.0], LEARNS),  # small gradients that do no harm
        ([1e-7, 1e-7, 1e-7], LEARNS),  # converged
        ([0.0, 0.0, 1.0], STUCK),  # dead, not vanishing
        ([1e3, 1e2, 1.0], STUCK),  # exploding
    ],
)
def test_healthy(gradients, loss):
    assert found(rule, net(gradients, loss)) == []


@pytest.mark.parametrize("ratio, sick", [(0.013, False), (0.007, True)])
def test_begins_at_two_orders_of_magnitude(ratio, sick):
    assert bool(found(rule, net([ratio, 1.0]))) is sick


@pytest.mark.parametrize("ratio, sick", [(2e-3, False), (5e-4, True)])
def test_a_run_that_moves_off_is_held_up_from_three_orders_on(ratio, sick):
    assert found(rule, net([ratio, 1.0], SLOW)) == ([("warning", ("h0",))] if sick else [])


@pytest.mark.parametrize("idle, sick", [(1, False), (2, True)])
def test_learning_suffers_from_a_third_of_the_epochs_on(idle, sick):
    loss = [2.3] * idle + [1.0] * (5 - idle)
    assert bool(found(rule, net([5e-3, 1.0], loss))) is sick


@pytest.mark.parametrize("weight", [1e-3, 1e3])
def test_weights_and_gradients_are_measured_together(weight):
    assert found(rule, net([1e-5, 1.0], weight=weight)) == [("critical", ("h0",))]


def test_what_the_first_updates_broke_is_another_ailment():
    assert found(rule, net([0.5, 1.0], later=[1e-6, 1.0])) == []
    assert found(rule, net([1e-6, 1.0], later=[0.5, 1.0])) == []


def test_the_first_quarter_of_the_steps_is_the_start():
    healed = net([1e-5, 1.0])
    first = healed.values("gradient_norm", "h0/kernel")
    later = run(list(healed.records), series("gradient_norm", "h0/kernel", [*first[:5], *[10.0] * 11]))
    assert found(rule, later) == [("critical", ("h0",))]


@pytest.mark.parametrize("share, severity", [(0.93, "critical"), (0.87, "warning")])
def test_critical_where_nothing_was_learned_at_the_end(share, severity):
    assert found(rule, net([1e-5, 1.0], [2.3, 2.3, 2.3, 2.3026 * share])) == [(severity, ("h0",))]


@pytest.mark.parametrize("score, sick", [(0.62, False), (0.5, True)])
def test_data_of_which_little_can_be_learned(score, sick):
    simple = reference(linear_held_out=0.7, neighbours_held_out=0.6, deviation=0.01)
    known = [*CLASSES, fact("references", [simple]), series("training_score", "out", [0.5, score])]
    assert bool(found(rule, net([1e-5, 1.0], facts=known))) is sick


def test_embeddings_and_normalizations_are_not_compared():
    assert found(rule, net([1e-5, 0.5, 1e-5, 1.0], kinds=["Embedding", "Dense", "BatchNormalization", "Dense"])) == []


def test_less_sure_without_a_known_reference():
    (known,), (unknown,) = rule.examine(net([1e-5, 1.0])), rule.examine(net([1e-5, 1.0], facts=[]))
    assert unknown.confidence < known.confidence


def test_surer_the_smaller_the_gradient():
    sure = [rule.examine(net([ratio, 1.0]))[0].confidence for ratio in (5e-3, 1e-4, 1e-5)]
    assert sure == sorted(set(sure))


def test_says_what_is_missing():
    assert isinstance(rule.examine(run(losses(STUCK))), Missing)
    assert isinstance(rule.examine(net([1e-5, 1.0], [2.3])), Missing)
    assert isinstance(rule.examine(net([1.0])), Missing)
    assert isinstance(rule.examine(net([NAN, 1.0])), Missing)


def over_time(reach=0.01, whole=0.9, late=0.15, loss=STUCK):
    known = {"layer": "rnn", "steps": 60, "reach": reach, "whole": whole, "late": late, "constant": 0.1}
    simple = reference(constant=0.1, deviation=0.01, linear_held_out=0.9)
    return run(CLASSES, fact("references", [simple]), fact("time_reach", known), losses(loss))


@pytest.mark.parametrize(
    "settings, severity",
    [
        ({}, "critical"),
        ({"loss": SLOW}, "warning"),  # a part of it was learned all the same
        ({"reach": 0.2}, None),
        ({"late": 0.85}, None),  # the second half says as much
        ({"whole": 0.15}, None),
        ({"loss": LEARNS}, None),
    ],
)
def test_a_beginning_that_is_forgotten(settings, severity):
    answer = rule.examine(over_time(**settings))
    told = [] if isinstance(answer, Missing) else answer
    assert [(finding.severity, finding.layers) for finding in told] == ([(severity, ("rnn",))] if severity else [])
