import pytest
from sick_experiments import SICK, with_optimizer

from keras_tips.tips import get

adam = get("adam")


def test_replaces_the_rule_and_keeps_clipping_and_decay():
    given = with_optimizer("SGD", learning_rate=-1.0, momentum=0.9, clipnorm=2.0, weight_decay=0.1, clipvalue=None)
    optimizer = adam.apply(given).compile["optimizer"]
    assert optimizer["class_name"] == "Adam"
    assert optimizer["config"] == {"learning_rate": 0.001, "clipnorm": 2.0, "weight_decay": 0.1}


def test_a_loss_scale_around_the_optimizer_stays():
    inner = with_optimizer("SGD", learning_rate=0.1).compile["optimizer"]
    given = with_optimizer("LossScaleOptimizer", inner_optimizer=inner)
    optimizer = adam.apply(given).compile["optimizer"]
    assert (optimizer["class_name"], optimizer["config"]["inner_optimizer"]["class_name"]) == ("LossScaleOptimizer", "Adam")


@pytest.mark.parametrize("optimizer", [None, "mine", {"class_name": "Mine"}])
def test_refuses_what_is_no_optimizer(optimizer):
    with pytest.raises(ValueError, match=r"Invalid `experiment`. Expected an optimizer of Keras"):
        adam.apply(SICK.replace(compile={"optimizer": optimizer}))
