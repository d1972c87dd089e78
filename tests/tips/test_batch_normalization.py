import pytest
from plain_models import dense, experiment, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

batch_normalization = get("batch_normalization")


def kinds(changed):
    return [each["class_name"] for each in layers_of(changed)]


def test_stands_between_a_layer_and_its_activation():
    given = experiment(dense("a", "tanh"), dense("b", "linear"), layer("ReLU", "r"), dense("out", "softmax"))
    changed = batch_normalization.apply(given)
    expected = ["Dense", "BatchNormalization", "Activation", "Dense", "BatchNormalization", "ReLU", "Dense"]
    assert kinds(changed) == expected
    first, _, activation = (each["config"] for each in layers_of(changed)[:3])
    assert (first["activation"], first["use_bias"], activation["activation"]) == ("linear", False, "tanh")


@pytest.mark.parametrize("form, axis", [("channels_last", -1), ("channels_first", 1)])
def test_normalizes_channels(form, axis):
    changed = batch_normalization.apply(experiment(layer("Conv2D", "a", activation="relu", data_format=form), dense("out")))
    assert layers_of(changed)[1]["config"]["axis"] == axis


def test_keeps_an_activation_of_ones_own():
    own = {"class_name": "function", "config": "mine"}
    assert layers_of(batch_normalization.apply(experiment(dense("a", own), dense("out"))))[2]["config"]["activation"] == own


@pytest.mark.parametrize(
    "rest", [[layer("BatchNormalization", "n"), layer("ReLU", "r")], [layer("LayerNormalization", "n")], []]
)
def test_what_is_normalized_or_linear_stays(rest):
    given = experiment(dense("a", "linear"), *rest, dense("out", "softmax"))
    assert batch_normalization.apply(given) == given


def graph(*, calls=1):
    nodes = [
        (layer("InputLayer", "x"), []),
        (dense("a", "relu"), ["x"]),
        (dense("gate", "sigmoid"), ["a"]),
        (dense("signal", "linear"), ["a"]),
        (layer("Multiply", "gated"), ["signal", "gate"]),
        (dense("out", "softmax"), ["gated"]),
    ]
    model = functional(*nodes, outputs=["out"])
    model["config"]["layers"][1]["inbound_nodes"] *= calls
    return Experiment(model, {})


def test_rewires_a_graph_and_leaves_gates():
    changed = batch_normalization.apply(graph(), momentum=0.5)
    by_name = {each["config"]["name"]: each for each in layers_of(changed)}
    assert set(by_name) == {"x", "a", "a_norm", "a_activation", "gate", "signal", "gated", "out"}
    read = {name: [part["config"]["keras_history"][0] for part in _tensors(each)] for name, each in by_name.items()}
    assert read["a_norm"] == ["a"]
    assert read["a_activation"] == ["a_norm"]
    assert read["gate"] == read["signal"] == ["a_activation"]


def _tensors(each):
    args = each["inbound_nodes"][0]["args"][0] if each["inbound_nodes"] else []
    return args if isinstance(args, list) else [args]


def test_a_layer_that_is_called_twice_stays():
    assert batch_normalization.apply(graph(calls=2)) == graph(calls=2)
