import pytest
from doctor_runs import fact, layer, run

from keras_tips.doctor.layer_graph import averages, hands_on, layer_graph, maps, normalizes

CHAIN = [
    layer("in", "InputLayer", None, 0),
    layer("a", inbound=["in"]),
    layer("drop", "Dropout", None, 0, inbound=["a"]),
    layer("b", inbound=["drop"]),
    layer("sum", "Add", None, 0, inbound=["a", "b"]),
    layer("c", inbound=["sum"], output=True),
]


def graph(layers):
    return layer_graph(run(fact("layers", layers)))


def names(layers):
    return [each["name"] for each in layers]


def test_readers_behind_what_hands_on():
    chain = graph(CHAIN)
    assert chain.known
    assert names(chain.reached(CHAIN[1], hands_on)) == ["sum", "b"]
    assert names(chain.sources(CHAIN[4])) == ["a", "b"]
    assert names(chain.reached(CHAIN[5], hands_on)) == []


def test_hidden_is_what_weights_follow():
    ends = [layer("a"), layer("b", inbound=["a"]), layer("soft", "Activation", "softmax", 0, inbound=["b"], output=True)]
    chain = graph(ends)
    assert [chain.hidden(each) for each in ends] == [True, False, False]
    alone = graph([layer("a"), layer("b", output=True)])
    assert [alone.hidden(each) for each in alone.layers] == [True, False]


def test_a_circle_comes_to_an_end():
    circle = [layer("a", "Dropout", None, 0, inbound=["b"]), layer("b", "Dropout", None, 0, inbound=["a"])]
    assert names(graph(circle).reached(circle[0], hands_on)) == []


@pytest.mark.parametrize(
    "question, yes, no",
    [
        (maps, ("Conv2D", "linear"), ("DepthwiseConv2D", "linear")),
        (hands_on, ("SpatialDropout2D", None), ("MaxPooling2D", None)),
        (hands_on, ("Activation", "linear"), ("Activation", "relu")),
        (hands_on, ("LeakyReLU", "linear"), ("LeakyReLU", "leaky_relu")),
        (averages, ("GlobalAveragePooling2D", None), ("MaxPooling2D", None)),
        (normalizes, ("BatchNormalization", None), ("Dense", "relu")),
    ],
)
def test_kinds(question, yes, no):
    assert [question(layer("x", *kind)) for kind in (yes, no)] == [True, False]


def test_unknown():
    assert layer_graph(run()) is None
    assert not graph([layer("a"), layer("b")]).known
