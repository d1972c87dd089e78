import pytest
from doctor_runs import contract, found, one_hot_target, regression_target, run, series, target
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.logits_mismatch import logits_mismatch as rule

BINARY, CATEGORICAL, SPARSE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"


def net(activation, loss, logits, records=UNSEEN, backend="jax", goal=None, units=3):
    known = contract(activation, loss, goal or target(), backend=backend, from_logits=logits, units=units)
    return run(list(known.records), records)


@pytest.mark.parametrize("activation", ["linear", "leaky_relu", "gelu"])
@pytest.mark.parametrize("loss, tip", [(BINARY, "sigmoid_output"), (CATEGORICAL, "softmax_output"), (SPARSE, "softmax_output")])
def test_logits_taken_for_probabilities(activation, loss, tip):
    for records, severity in ((BAD, "critical"), (UNSEEN, "critical"), (GOOD, "warning")):
        (finding,) = rule.examine(net(activation, loss, False, records))
        assert (finding.severity, finding.layers, finding.tips) == (severity, ("last",), (tip, "match_logits"))


@pytest.mark.parametrize("activation, loss", [("softmax", CATEGORICAL), ("sigmoid", BINARY), ("softmax", SPARSE)])
@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (UNSEEN, "warning"), (GOOD, "info")])
def test_squashed_twice(activation, loss, records, severity):
    assert found(rule, net(activation, loss, True, records)) == [(severity, ("last",))]
    assert found(rule, net(activation, loss, True, records, "torch")) == [(severity, ("last",))]
    assert found(rule, net(activation, loss, True, records, "tensorflow")) == [("info", ("last",))]


@pytest.mark.parametrize(
    "activation, loss, logits",
    [
        ("softmax", CATEGORICAL, False),
        ("sigmoid", BINARY, False),
        ("linear", SPARSE, True),
        ("log_softmax", CATEGORICAL, True),
        ("linear", "mean_squared_error", None),
        ("linear", BINARY, None),  # a user's own loss of that name
        ("linear", None, None),
        (None, CATEGORICAL, False),  # an average of members, a layer of a user
        ("relu", CATEGORICAL, False),  # the activation is to blame
    ],
)
def test_healthy(activation, loss, logits):
    assert found(rule, net(activation, loss, logits, BAD)) == []


@pytest.mark.parametrize("error, sick", [(1e-7, True), (3e-4, True), (0.3, False)])
def test_outputs_that_add_up_to_one_are_no_logits(error, sick):
    """Of a layer that averages two softmaxes, say."""
    seen = series("probability_error", "out", [error, error])
    for logits in (True, False):
        averaged = run(list(net(None, SPARSE, logits, BAD, "tensorflow").records), seen)
        assert found(rule, averaged) == ([("warning", ("last",))] if sick and logits else [])


@pytest.mark.parametrize("values, sick", [([2.1, 1.6008], True), ([2.1, 0.5], False), ([2.1, 1.55], False)])
@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (GOOD, "info")])
def test_an_own_loss_that_squashes_again_is_told_by_its_values(values, sick, records, severity):
    seen = [series("inference_loss", "train", values)]
    seen += [series("cross_entropy", "out", [2.101, 0.5]), series("cross_entropy_as_logits", "out", [2.1, 1.6])]
    own = run(list(net("softmax", "own_loss", None, records, "tensorflow").records), seen)
    assert found(rule, own) == ([(severity, ("last",))] if sick else [])


def test_an_own_loss_is_left_alone_while_both_cross_entropies_are_the_same():
    """Of a network that learned nothing all its probabilities are alike."""
    seen = [series(name, "out", [2.1, value]) for name, value in (("cross_entropy", 2.1), ("cross_entropy_as_logits", 2.101))]
    same = run(list(net("softmax", "own_loss", None, BAD).records), series("inference_loss", "train", [2.1, 2.101]), seen)
    assert found(rule, same) == []


def test_what_belongs_to_the_loss_is_left_to_it():
    assert found(rule, net("linear", BINARY, False, goal=regression_target(-2, 3, 0, 1))) == []
    assert found(rule, net("linear", CATEGORICAL, False, units=1)) == []
    assert found(rule, net("linear", BINARY, False, units=1)) == [("critical", ("last",))]


def test_one_hot_targets():
    assert found(rule, net("linear", CATEGORICAL, False, goal=one_hot_target(3))) == [("critical", ("last",))]


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
