import pytest
from plain_models import dense, functional, layer, sequential

from keras_tips.tips.model_plan import ModelPlan


def test_the_last_weighted_layer_and_what_follows_is_the_output():
    plan = ModelPlan.of(sequential(dense("a"), dense("b", "linear"), layer("Dropout", "d"), layer("Softmax", "s")))
    assert plan.output_names == {"b", "d", "s"}


def test_outputs_of_a_functional_model():
    plan = ModelPlan.of(
        functional(
            (layer("InputLayer", "x"), []),
            (dense("body"), ["x"]),
            (dense("left", "linear"), ["body"]),
            (layer("Activation", "squash", activation="sigmoid"), ["left"]),
            (dense("right"), ["body"]),
            outputs=["squash", "right"],
        )
    )
    assert plan.output_names == {"left", "squash", "right"}
    assert plan.readers == {"x": ("body",), "body": ("left", "right"), "left": ("squash",), "squash": (), "right": ()}


def test_an_activation_behind_a_normalization_belongs_to_the_linear_layer():
    first = dense("a", "linear")
    plan = ModelPlan.of(sequential(first, layer("BatchNormalization", "n"), layer("LeakyReLU", "r"), dense("b", "linear")))
    assert plan.activation(first) == "leaky_relu"
    assert plan.activation(dense("b", "linear")) == "linear"


def test_two_readers_share_no_activation():
    first = dense("a", "linear")
    plan = ModelPlan.of(
        functional(
            (layer("InputLayer", "x"), []),
            (first, ["x"]),
            (layer("ReLU", "r"), ["a"]),
            (layer("Add", "sum"), ["a", "r"]),
            (dense("out"), ["sum"]),
            outputs=["out"],
        )
    )
    assert plan.activation(first) == "linear"


def test_rewrites_nested_models_but_not_their_output():
    def mark(config, plan):
        config["config"]["seen"] = True
        return config

    inside = sequential(dense("i1"), dense("i2"), name="inside")
    end = sequential(dense("e1"), dense("e2"), name="end")
    rewritten = ModelPlan.of(sequential(inside, dense("mid"), end)).rewritten(mark)
    first, middle, last = rewritten["config"]["layers"]
    assert [each["config"].get("seen") for each in first["config"]["layers"]] == [True, True]
    assert middle["config"]["seen"]
    assert [each["config"].get("seen") for each in last["config"]["layers"]] == [True, None]
    assert "seen" not in inside["config"]["layers"][0]["config"]


@pytest.mark.parametrize("model", [{}, {"class_name": "Mine", "config": {"size": 3}}, None])
def test_refuses_other_configs(model):
    with pytest.raises(ValueError, match=r"Invalid `model`"):
        ModelPlan.of(model)
