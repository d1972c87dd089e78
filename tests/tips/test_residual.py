import pytest
from plain_models import dense, experiment, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

residual = get("residual")


def blocks(changed):
    return {each["config"]["name"]: each["config"] for each in layers_of(changed) if each["class_name"] == "ResidualBlock"}


def test_layers_that_keep_the_width_become_blocks():
    changed = residual.apply(
        experiment(dense("a"), dense("b"), dense("c", units=8), dense("d", units=8), dense("out", units=8))
    )
    assert list(blocks(changed)) == ["b", "d"]
    assert blocks(changed)["b"]["pre_activation"]
    assert blocks(changed)["b"]["activation"] == "relu"


def test_a_linear_layer_keeps_normalization_and_activation_behind_it():
    given = experiment(dense("a"), dense("b", "linear"), layer("BatchNormalization", "n"), layer("ReLU", "r"), dense("out"))
    block = blocks(residual.apply(given))["b"]
    assert (block["activation"], block["pre_activation"], block["normalization"]) == (None, False, None)


@pytest.mark.parametrize(
    "changes, found",
    [
        ({}, True),
        ({"padding": "valid"}, False),
        ({"strides": [2, 2]}, False),
        ({"groups": 2}, False),
        ({"dilation_rate": 2}, False),
    ],
)
def test_convolutions_that_keep_the_shape(changes, found):
    def conv(name, **others):
        return layer(
            "Conv2D", name, filters=4, kernel_size=[3, 3], activation="relu", **{"padding": "same", "strides": [1, 1]} | others
        )

    changed = residual.apply(experiment(conv("a"), conv("b", **changes), layer("Flatten", "f"), dense("out")))
    assert ("b" in blocks(changed)) is found


def test_what_leads_into_an_addition_stays():
    model = functional(
        (layer("InputLayer", "x", batch_shape=[None, 16]), []),
        (dense("a"), ["x"]),
        (layer("Add", "sum"), ["a", "x"]),
        (dense("out"), ["sum"]),
        outputs=["out"],
    )
    assert residual.apply(Experiment(model, {})) == Experiment(model, {})
