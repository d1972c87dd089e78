import pytest
from plain_models import dense, experiment, field, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

relu = get("relu")


@pytest.mark.parametrize("old", ["sigmoid", "tanh", "softsign", "hard_sigmoid", "softmax"])
def test_replaces_saturating_hidden_activations(old):
    changed = relu.apply(experiment(dense("a", old), layer("Activation", "b", activation=old), dense("out", old)))
    assert field(changed, "activation") == {"a": "relu", "b": "relu", "out": old}


@pytest.mark.parametrize("kept", ["relu", "elu"])
def test_leaves_healthy_activations(kept):
    given = experiment(dense("a", kept), dense("out", "softmax"))
    assert relu.apply(given) == given


@pytest.mark.parametrize("lacking", ["linear", None])
def test_gives_an_activation_to_linear_layers_in_a_row(lacking):
    changed = relu.apply(
        experiment(dense("a", lacking), layer("Dropout", "d", rate=0.1), dense("b", lacking), dense("out", lacking))
    )
    assert field(changed, "activation") == {"a": "relu", "d": None, "b": "relu", "out": lacking}


@pytest.mark.parametrize(
    "rest",
    [[layer("BatchNormalization", "n"), layer("ReLU", "r")], [layer("LSTM", "memory", recurrent_initializer="orthogonal")]],
)
def test_a_linear_layer_that_leads_elsewhere_stays(rest):
    given = experiment(dense("a", "linear"), *rest, dense("out", "softmax"))
    assert relu.apply(given) == given


def test_a_bottleneck_stays_linear():
    given = experiment(dense("a", units=8), dense("code", "linear", units=2), dense("b", units=8), dense("out"))
    assert relu.apply(given) == given


def test_another_choice_replaces_relu_itself():
    changed = relu.apply(experiment(dense("a", "relu"), layer("ReLU", "r"), dense("out", "relu")), activation="elu")
    assert field(changed, "activation") == {"a": "elu", "r": "elu", "out": "relu"}
    assert layers_of(changed)[1]["class_name"] == "Activation"


def test_an_output_activation_in_a_layer_of_its_own_stays():
    given = experiment(dense("a", "relu"), dense("out", "linear"), layer("Activation", "prob", activation="sigmoid"))
    assert relu.apply(given) == given


def test_recurrent_layers_need_their_tanh():
    cell = layer("LSTM", "memory", activation="tanh", recurrent_initializer="orthogonal")
    given = experiment(cell, dense("out", "softmax"))
    assert relu.apply(given) == given


def test_a_gate_is_no_activation():
    model = functional(
        (layer("InputLayer", "x"), []),
        (dense("signal", "tanh"), ["x"]),
        (dense("gate", "sigmoid"), ["x"]),
        (layer("Multiply", "gated"), ["signal", "gate"]),
        (dense("body", "tanh"), ["gated"]),
        (dense("out", "softmax"), ["body"]),
        outputs=["out"],
    )
    activations = field(relu.apply(Experiment(model, {})), "activation")
    assert activations["gate"] == "sigmoid"
    assert activations["body"] == "relu"


def test_tells_the_nearest_activation():
    with pytest.raises(ValueError, match=r"Invalid `activation`.*Did you mean 'leaky_relu'"):
        relu.apply(experiment(dense("out")), activation="leakyrelu")
