import pytest
from doctor_runs import fact, found, layer, losses, reference, run, series
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.missing_nonlinearity import missing_nonlinearity as rule


def net(*parts):
    """Parts are (kind, activation, units); each layer reads the one before, the last is the output."""
    layers, width = [layer("in", "InputLayer", None, 0, units=20)], 20
    for number, (kind, activation, units) in enumerate(parts):
        known = {"inbound": [layers[-1]["name"]], "units": units, "fan_in": width}
        parameters = 0 if activation is None and kind != "BatchNormalization" else 10
        layers.append(layer(f"l{number}", kind, activation, parameters, **known, output=number == len(parts) - 1))
        width = units
    return fact("layers", layers)


OUT = ("Dense", "softmax", 5)
LINEAR = net(("Dense", "linear", 16), ("Dense", "linear", 16), OUT)


@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (UNSEEN, "warning"), (GOOD, "info")])
def test_a_linear_network(records, severity):
    assert found(rule, run(LINEAR, records)) == [(severity, ("l0", "l1"))]


def test_what_is_straight_does_not_help():
    between = [("BatchNormalization", None, 16), ("Dropout", None, 16), ("Flatten", None, 16)]
    assert found(rule, run(net(("Dense", "linear", 16), *between, OUT), BAD)) == [("warning", ("l0",))]


@pytest.mark.parametrize("bent, severity", [(1, "warning"), (2, "info")])
def test_half_of_the_hidden_layers_count(bent, severity):
    layers = [("Dense", "linear", 16), *[("Dense", "relu", 16)] * bent]
    assert found(rule, run(net(*layers, OUT), BAD)) == [(severity, ("l0",))]


@pytest.mark.parametrize("score, severity", [(0.72, "warning"), (0.78, "info")])
def test_convolutions_that_leave_most_unlearned(score, severity):
    """No simple predictor makes more of these pictures than the network does, and it learned 44 % or 56 % of them."""
    simple = fact("references", [reference(linear_held_out=0.7, neighbours_held_out=0.7)])
    records = [*losses([1e3] * 5), simple, series("training_score", "out", [0.5, score])]
    for kind, expected in (("Conv2D", severity), ("Dense", "info")):
        straight = net((kind, "linear", 16), ("Flatten", None, 400), ("Dense", "softmax", 10))
        assert found(rule, run(straight, records)) == [(expected, ("l0",))]


HEALTHY = {
    "activations": net(("Dense", "relu", 16), OUT),
    "conv, normalization, activation": net(
        ("Conv2D", "linear", 16), ("BatchNormalization", None, 16), ("ReLU", "relu", 16), OUT
    ),
    "pooling of maxima": net(("Conv2D", "linear", 16), ("MaxPooling2D", None, 16), OUT),
    "a layer of layers": net(("Dense", "linear", 16), ("LayerNormalization", "linear", 16), OUT),
    "attention": net(("Dense", "linear", 16), ("MultiHeadAttention", None, 16), OUT),
    "recurrent": net(("Dense", "linear", 16), ("LSTM", "tanh", 16), OUT),
    "residual": net(("Dense", "linear", 16), ("Add", None, 16), OUT),
    "a linear bottleneck": net(("Dense", "linear", 3), ("Dense", "relu", 20), OUT),
    "an inverted residual": net(("Conv2D", "linear", 3), ("Conv2D", "relu", 20), OUT),
    "words": net(("Embedding", None, 16), ("GlobalAveragePooling1D", None, 16), OUT),
    "one layer": net(OUT),
    "an activation of its own at the end": net(("Dense", "linear", 16), ("Activation", "softmax", 16)),
    "depthwise": net(("DepthwiseConv2D", "linear", 16), ("Conv2D", "relu", 16), OUT),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, run(HEALTHY[name], BAD)) == []


@pytest.mark.parametrize("width, sick", [(4, False), (5, True)])
def test_a_bottleneck_is_narrower_than_both_neighbours(width, sick):
    assert bool(found(rule, run(net(("Dense", "linear", width), OUT), BAD))) is sick


def test_a_layer_as_wide_as_what_it_reads_is_no_bottleneck():
    assert found(rule, run(net(("Dense", "linear", 20), ("Dense", "relu", 30), OUT), BAD)) == [("warning", ("l0",))]


def test_a_model_that_is_not_built_yet():
    layers = [layer("a", activation="linear", parameters=0), layer("b", parameters=0, inbound=["a"], output=True)]
    assert found(rule, run(fact("layers", layers))) == [("warning", ("a",))]


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    # What `call` of a subclassed model does between its layers, nobody sees.
    assert isinstance(rule.examine(run(fact("layers", [layer("a", activation="linear"), layer("b")]))), Missing)
