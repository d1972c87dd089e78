import pytest
from plain_models import dense, field
from sick_experiments import with_loss

from keras_tips.tips import get

linear_output = get("linear_output")


@pytest.mark.parametrize("loss, kind", [("mean_squared_error", "MeanSquaredError"), ("huber", "Huber")])
def test_ends_without_an_activation(loss, kind):
    changed = linear_output.apply(with_loss("binary_crossentropy", dense("out", "sigmoid", units=2)), loss=loss)
    assert (field(changed, "activation")["out"], field(changed, "units")["out"]) == ("linear", 2)
    assert changed.compile["loss"]["class_name"] == kind


def test_an_output_per_class_becomes_one():
    changed = linear_output.apply(with_loss("sparse_categorical_crossentropy", dense("out", "softmax", units=9)))
    assert field(changed, "units")["out"] == 1


def test_tells_the_nearest_loss():
    with pytest.raises(ValueError, match=r"Invalid `loss`.*Did you mean 'mean_squared_error'"):
        linear_output.apply(with_loss("mse", dense("out")), loss="mean_square_error")
