import pytest
from sick_experiments import SICK, loss_object, with_loss

from keras_tips.tips import get

mean_reduction = get("mean_reduction")
SUM, MEAN = loss_object("MeanSquaredError", reduction="sum"), loss_object("MeanSquaredError", reduction="sum_over_batch_size")


@pytest.mark.parametrize("losses, expected", [(SUM, MEAN), ([SUM, "mse"], [MEAN, "mse"]), ({"a": SUM}, {"a": MEAN})])
def test_in_every_loss(losses, expected):
    assert mean_reduction.apply(with_loss(losses)).compile["loss"] == expected


def test_none_is_no_mean():
    assert mean_reduction.apply(with_loss(loss_object("Huber", reduction=None))).compile["loss"]["config"]["reduction"] == (
        "sum_over_batch_size"
    )


@pytest.mark.parametrize("loss", ["mse", MEAN, None, loss_object("MeanSquaredError", reduction="mean")])
def test_means_stay(loss):
    assert mean_reduction.apply(with_loss(loss)) == with_loss(loss)


def test_a_model_without_a_loss_stays():
    given = SICK.replace(compile={"optimizer": "adam"})
    assert mean_reduction.apply(given) == given
