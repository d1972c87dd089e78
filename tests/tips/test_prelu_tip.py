import pytest
from plain_models import dense, experiment, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

prelu = get("prelu")


def kinds(changed):
    return [each["class_name"] for each in layers_of(changed)]


@pytest.mark.parametrize("old", ["relu", "sigmoid", "tanh", "elu", "softmax"])
def test_stands_behind_the_layer_or_in_place_of_its_activation(old):
    given = experiment(
        dense("a", old), layer("Conv2D", "b", activation=old), layer("Activation", "c", activation=old), dense("out")
    )
    changed = prelu.apply(given)
    assert kinds(changed) == ["Dense", "PReLU", "Conv2D", "PReLU", "PReLU", "Dense"]
    assert layers_of(changed)[0]["config"]["activation"] == "linear"
    assert layers_of(changed)[4]["config"]["name"] == "c"


@pytest.mark.parametrize("kept", ["linear", None])
def test_leaves_linear_layers_and_the_output(kept):
    given = experiment(dense("a", kept), dense("out", "relu"))
    assert prelu.apply(given) == given


def test_gates_and_recurrent_layers_stay():
    cell = layer("LSTM", "memory", activation="tanh", recurrent_initializer="orthogonal")
    model = functional(
        (layer("InputLayer", "x"), []),
        (cell, ["x"]),
        (dense("gate", "sigmoid"), ["memory"]),
        (layer("Multiply", "gated"), ["memory", "gate"]),
        (dense("out"), ["gated"]),
        outputs=["out"],
    )
    assert prelu.apply(Experiment(model, {})) == Experiment(model, {})


def test_shares_slopes_and_knows_where_channels_are():
    given = experiment(layer("Conv2D", "a", activation="relu", data_format="channels_first"), dense("out"))
    config = layers_of(prelu.apply(given, share="neuron"))[1]["config"]
    assert (config["share"], config["data_format"]) == ("neuron", "channels_first")
