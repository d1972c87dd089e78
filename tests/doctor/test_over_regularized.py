import pytest
from doctor_runs import INF, NAN, contract, fact, found, layer, losses, one_hot_target, optimizer, reference, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.over_regularized import over_regularized as rule
from keras_tips.records.record import Record

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
REFERENCES = fact("references", [reference(constant=0.1, deviation=0.02)])


def penalized(first, penalty, data, second=None):
    """Layers a and b with these penalties at looks, and the loss of the data there."""
    layers = fact("layers", [layer("a", regularized=["kernel"]), layer("b", regularized=["kernel"])])
    more = [series("penalty", "model/b", second or [value / 10 for value in penalty])]
    logged = losses([first, data[-1] + penalty[-1]])
    return run(
        layers,
        CLASSES,
        REFERENCES,
        logged,
        series("penalty", "model/a", penalty),
        more,
        series("inference_loss", "train", data),
    )


def decayed(strength, rate, steps, kept, loss=2.3, known=True):
    layers = fact("layers", [layer("a", variables=["a/kernel", "a/bias"])])
    norms = Record(
        "series", {"quantity": "weight_norm", "places": ["a/kernel"], "steps": [0, steps], "values": [[10.0], [10.0 * kept]]}
    )
    return run(
        layers,
        CLASSES,
        REFERENCES,
        losses([2.3, loss]),
        optimizer("AdamW", rate if known else None, weight_decay=strength),
        norms,
    )


def test_penalties_that_took_the_weights():
    assert found(rule, penalized(22.0, [20.0, 3.0, 0.001], [2.5, 2.3, 2.3])) == [("critical", ("a", "b"))]


def test_penalties_that_hold_the_loss_up_half_way():
    assert found(rule, penalized(12.0, [10.0, 6.0, 4.0], [2.3, 1.8, 1.7])) == [("warning", ("a", "b"))]


def test_what_the_start_costs_beyond_a_constant_is_no_gain_that_a_penalty_prevents():
    assert found(rule, penalized(12.0, [3.0, 0.5, 0.1], [9.0, 2.4, 2.3])) == [("critical", ("a", "b"))]
    assert found(rule, penalized(12.0, [1.8, 0.5, 0.1], [9.0, 2.4, 2.3])) == []  # less than all there is to learn


def test_what_a_layer_adds_to_the_loss_by_itself():
    layers = fact("layers", [layer("code", kind="Sampling", activation=None)])
    added, data = series("penalty", "model/code", [20.0, 3.0, 0.001]), series("inference_loss", "train", [2.5, 2.3, 2.3])
    assert found(rule, run(layers, CLASSES, REFERENCES, losses([22.0, 2.3]), added, data)) == [("critical", ("code",))]


def test_largest_penalty_first():
    a_run = penalized(22.0, [20.0, 3.0, 0.001], [2.5, 2.3, 2.3], second=[40.0, 3.0, 0.001])
    assert found(rule, a_run) == [("critical", ("b", "a"))]


@pytest.mark.parametrize(
    "penalty, data",
    [
        ([0.01, 0.02, 0.02], [2.5, 2.3, 2.3]),  # tiny: whatever is wrong, it is not this
        ([6.0, 2.0, 0.9], [2.5, 0.9, 0.2]),  # larger than the loss, and the run learns
        ([6.0, 6.0, 6.0], [2.5, 2.5, 2.5]),  # nothing moved: the learning rate is to blame
        ([6.0, 7.0, 8.0], [2.5, 2.4, 2.3]),
    ],
)
def test_healthy(penalty, data):
    assert found(rule, penalized(penalty[0] + data[0], penalty, data)) == []


@pytest.mark.parametrize("penalty, sick", [(1.5, False), (3.0, True)])
def test_begins_where_penalties_are_half_of_the_loss(penalty, sick):
    assert bool(found(rule, penalized(4.0, [penalty, penalty / 2, 0.01], [2.3, 2.3, 2.3]))) is sick


def test_more_of_it_is_surer():
    (low,), (high,) = (rule.examine(penalized(9.0, [value, 1.0, 0.01], [2.3, 2.3, 2.3])) for value in (3.0, 30.0))
    assert low.confidence < high.confidence


def test_weight_decay():
    assert found(rule, decayed(1.0, 0.01, 400, 0.05)) == [("critical", ())]
    assert found(rule, decayed(1.0, 0.01, 400, 0.05, loss=1.4)) == [("warning", ())]


@pytest.mark.parametrize(
    "a_run",
    [
        decayed(0.004, 0.001, 400, 1.1, loss=0.2),
        decayed(1.0, 0.01, 400, 0.4, loss=0.2),  # learns all the same
        decayed(0.004, 0.001, 400, 0.4),  # decay did not do that
        decayed(1.0, 0.01, 400, 0.9),
    ],
)
def test_harmless_weight_decay(a_run):
    assert found(rule, a_run) == []


@pytest.mark.parametrize("steps, sick", [(55, False), (90, True)])
def test_weight_decay_has_to_be_able_to_halve_the_weights(steps, sick):
    assert bool(found(rule, decayed(1.0, 0.01, steps, 0.3))) is sick


def test_a_schedule_is_read_from_what_was_recorded():
    without = decayed(1.0, 0.01, 400, 0.05, known=False)
    assert isinstance(rule.examine(run(list(without.records), fact("layers", [layer("a", regularized=["kernel"])]))), Missing)
    rates = series("learning_rate", "optimizer", [0.01] * 5)
    assert found(rule, run(list(without.records), rates)) == [("critical", ())]


@pytest.mark.parametrize("value", [NAN, INF, -1.0])
def test_says_what_is_missing(value):
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", [layer("a", regularized=["kernel"])]))), Missing)
    assert isinstance(rule.examine(penalized(9.0, [value, 1.0, 0.01], [2.3, 2.3, 2.3])), Missing)
    assert found(rule, run(fact("layers", [layer("a")]))) == []


def test_enormous_numbers():
    assert found(rule, penalized(9.0, [1e307, 1.0, 0.01], [2.3, 2.3, 2.3])) == [("critical", ("a", "b"))]
