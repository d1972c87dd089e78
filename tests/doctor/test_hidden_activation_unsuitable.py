import pytest
from doctor_runs import fact, found, layer, run
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.hidden_activation_unsuitable import hidden_activation_unsuitable as rule


def net(*between, activation="softmax", kind="Dense"):
    """A hidden layer with this activation, the kinds between, and the output."""
    layers = [layer("in", "InputLayer", None, 0), layer("hidden", kind, activation, inbound=["in"])]
    for number, part in enumerate(between):
        layers.append(layer(f"between_{number}", part, None, 0, inbound=[layers[-1]["name"]]))
    return fact("layers", [*layers, layer("out", activation="softmax", inbound=[layers[-1]["name"]], output=True)])


@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (UNSEEN, "warning"), (GOOD, "info")])
@pytest.mark.parametrize("between", [(), ("Dropout",), ("MaxPooling2D", "Flatten"), ("BatchNormalization",)])
def test_sick(between, records, severity):
    assert found(rule, run(net(*between), records)) == [(severity, ("hidden",))]


@pytest.mark.parametrize("kind", ["Conv2D", "LSTM", "Activation"])
@pytest.mark.parametrize("activation", ["softmax", "sparsemax", "log_softmax"])
def test_kinds(kind, activation):
    assert found(rule, run(net(activation=activation, kind=kind), BAD)) == [("warning", ("hidden",))]


@pytest.mark.parametrize("between", ["Multiply", "Dot", "MatMul", "Einsum", "Concatenate", "Lambda", "Add", "Own"])
def test_what_is_not_read_as_features_is_healthy(between):
    assert found(rule, run(net(between), BAD)) == []
    assert found(rule, run(net("Permute", between), BAD)) == []


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear", None])
def test_other_activations(activation):
    assert found(rule, run(net(activation=activation), BAD)) == []


def test_softmax_twice():
    layers = [layer("a", activation="softmax"), layer("soft", "Softmax", "softmax", 0, inbound=["a"], output=True)]
    assert found(rule, run(fact("layers", layers), BAD)) == [("warning", ("a",))]


def test_only_a_remark_where_the_order_is_not_known():
    layers = [layer("a", activation="softmax"), layer("gate", "Softmax", "softmax", 0), layer("last", activation="softmax")]
    assert found(rule, run(fact("layers", layers), BAD)) == [("info", ("a",))]


def test_one_unit_is_told():
    layers = [layer("a", activation="softmax", units=1), layer("out", inbound=["a"], output=True)]
    (finding,) = rule.examine(run(fact("layers", layers)))
    assert "always the same" in finding.message


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert found(rule, run(fact("layers", []))) == []
