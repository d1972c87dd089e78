import pytest
from plain_models import dense, experiment, field, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

maxout = get("maxout")


def kinds(changed):
    return [each["class_name"] for each in layers_of(changed)]


def test_replaces_hidden_layers_with_an_activation():
    changed = maxout.apply(experiment(dense("a", "relu"), dense("b", "linear"), dense("c", "sigmoid"), dense("out", "softmax")))
    assert kinds(changed) == ["MaxoutDense", "Dense", "MaxoutDense", "Dense"]
    assert layers_of(changed)[0]["registered_name"] == "keras_tips>MaxoutDense"
    assert field(changed, "activation")["out"] == "softmax"


@pytest.mark.parametrize("pieces, units", [(2, 71), (3, 58), (4, 50), (9, 33)])
def test_kernel_between_two_layers_keeps_its_size(pieces, units):
    changed = maxout.apply(experiment(dense("a", units=100), dense("b", units=100), dense("out")), pieces=pieces)
    assert field(changed, "units") == {"a": units, "b": units, "out": 16}
    assert units * units * pieces == pytest.approx(100 * 100, rel=0.03)


def test_an_activation_layer_becomes_linear():
    given = experiment(
        dense("a", "linear", units=8), layer("BatchNormalization", "n"), layer("ReLU", "r"), layer("Dropout", "d"), dense("out")
    )
    changed = maxout.apply(given)
    assert kinds(changed) == ["MaxoutDense", "BatchNormalization", "Activation", "Dropout", "Dense"]
    assert field(changed, "activation")["r"] == "linear"
    assert field(changed, "units")["a"] == 6


def test_keeps_the_width_that_another_layer_relies_on():
    model = functional(
        (layer("InputLayer", "x"), []),
        (dense("a", units=16), ["x"]),
        (layer("Add", "sum"), ["a", "x"]),
        (dense("out"), ["sum"]),
        outputs=["out"],
    )
    assert field(maxout.apply(Experiment(model, {})), "units")["a"] == 16


def test_keeps_names_and_penalties():
    given = experiment(dense("a", kernel_regularizer={"class_name": "L2"}, use_bias=False), dense("out"))
    config = layers_of(maxout.apply(given))[0]["config"]
    assert (config["name"], config["kernel_regularizer"], config["use_bias"]) == ("a", {"class_name": "L2"}, False)
    assert "activation" not in config


@pytest.mark.parametrize("pieces", [1, 0, 2.5, True, "two", float("nan"), None])
def test_refuses_other_pieces(pieces):
    with pytest.raises(ValueError, match=r"Invalid `pieces`. Expected a whole number of at least 2. Received: pieces="):
        maxout.apply(experiment(dense("out")), pieces=pieces)
