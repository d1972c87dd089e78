import pytest
from plain_models import dense, field
from sick_experiments import with_loss

from keras_tips.tips import get

sigmoid_output = get("sigmoid_output")


@pytest.mark.parametrize("units", [1, 5])
def test_keeps_the_number_of_labels(units):
    changed = sigmoid_output.apply(with_loss("categorical_crossentropy", dense("out", "softmax", units=units)))
    assert (field(changed, "activation")["out"], field(changed, "units")["out"]) == ("sigmoid", units)
    assert changed.compile["loss"]["class_name"] == "BinaryCrossentropy"


def test_a_pair_for_class_numbers_becomes_one():
    changed = sigmoid_output.apply(with_loss("sparse_categorical_crossentropy", dense("out", "softmax", units=2)))
    assert field(changed, "units")["out"] == 1


def test_refuses_several_classes_by_number():
    with pytest.raises(ValueError, match=r"class numbers of 3 classes.*softmax_output"):
        sigmoid_output.apply(with_loss("sparse_categorical_crossentropy", dense("out", "softmax", units=3)))
