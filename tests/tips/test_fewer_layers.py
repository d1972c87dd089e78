import pytest
from plain_models import dense, experiment, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

fewer_layers = get("fewer_layers")


def names_of(changed):
    return [each["config"]["name"] for each in layers_of(changed)]


@pytest.mark.parametrize("share, left", [(0.25, ["a", "b", "c", "d"]), (0.5, ["a", "b", "c"]), (1.0, ["a"])])
def test_the_last_ones_go_first(share, left):
    given = experiment(*(dense(name) for name in "abcde"), dense("out"))
    assert names_of(fewer_layers.apply(given, share=share)) == [*left, "out"]


def test_what_belongs_to_a_layer_goes_with_it():
    belonging = [layer("BatchNormalization", "n"), layer("ReLU", "r"), layer("Dropout", "d", rate=0.5)]
    given = experiment(dense("a"), dense("b", "linear"), *belonging, dense("out"))
    assert names_of(fewer_layers.apply(given)) == ["a", "out"]


def conv(name, **changes):
    config = {"filters": 4, "padding": "same", "strides": [1, 1], "activation": "relu"} | changes
    return layer("Conv2D", name, **config)


@pytest.mark.parametrize(
    "changes, goes", [({}, True), ({"filters": 8}, False), ({"padding": "valid"}, False), ({"strides": 2}, False)]
)
def test_a_convolution_goes_where_the_shape_stays(changes, goes):
    given = experiment(conv("a"), conv("b", **changes), layer("Flatten", "f"), dense("out"))
    assert ("b" not in names_of(fewer_layers.apply(given))) is goes


def test_a_branch_of_a_sum_stays_and_a_chain_is_rewired():
    model = functional(
        (layer("InputLayer", "x", batch_shape=[None, 16]), []),
        (dense("a"), ["x"]),
        (dense("b"), ["a"]),
        (layer("Add", "sum"), ["a", "b"]),
        (dense("c"), ["sum"]),
        (dense("d"), ["c"]),
        (dense("out"), ["d"]),
        outputs=["out"],
    )
    changed = fewer_layers.apply(Experiment(model, {}), share=1.0)
    assert names_of(changed) == ["x", "a", "b", "sum", "out"]
    assert layers_of(changed)[-1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] == ["sum", 0, 0]


def test_one_hidden_layer_stays():
    given = experiment(dense("a"), dense("out"))
    assert fewer_layers.apply(given) == given
