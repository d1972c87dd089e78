import pytest
from plain_models import dense, field, functional, layer, layers_of, sequential
from sick_experiments import with_loss

from keras_tips.records import Experiment
from keras_tips.tips import get

softmax_output = get("softmax_output")


def loss_of(changed):
    return changed.compile["loss"]["class_name"]


@pytest.mark.parametrize(
    "loss, targets, expected",
    [
        ("mse", "as_before", "CategoricalCrossentropy"),
        ("sparse_categorical_crossentropy", "as_before", "SparseCategoricalCrossentropy"),
        ("sparse_categorical_crossentropy", "one_hot", "CategoricalCrossentropy"),
        ("mse", "index", "SparseCategoricalCrossentropy"),
    ],
)
def test_loss_fits_the_targets(loss, targets, expected):
    changed = softmax_output.apply(with_loss(loss, dense("out", "relu", units=3)), targets=targets)
    assert loss_of(changed) == expected
    assert field(changed, "activation")["out"] == "softmax"


def test_an_activation_layer_at_the_end_is_replaced():
    given = with_loss("mse", dense("out", "tanh", units=3), layer("ReLU", "end"))
    changed = softmax_output.apply(given)
    assert field(changed, "activation") == {"pixels": None, "first": "relu", "out": "linear", "end": "softmax"}
    assert layers_of(changed)[-1]["class_name"] == "Activation"


def test_stands_behind_a_pooling():
    given = with_loss("mse", layer("Conv2D", "out", filters=3, activation="relu"), layer("GlobalAveragePooling2D", "pool"))
    changed = softmax_output.apply(given)
    assert [each["class_name"] for each in layers_of(changed)][-2:] == ["GlobalAveragePooling2D", "Activation"]
    assert field(changed, "activation")["out"] == "linear"


def test_finds_the_output_of_a_nested_model():
    given = Experiment(sequential(dense("a"), sequential(dense("b"), dense("c", units=3), name="inner")), {"loss": "mse"})
    inner = layers_of(softmax_output.apply(given))[1]["config"]["layers"]
    assert [each["config"]["activation"] for each in inner] == ["relu", "softmax"]


def test_one_unit_is_refused_unless_classes_are_given():
    given = with_loss("mse", dense("out", "relu", units=1))
    with pytest.raises(ValueError, match=r"at least two units.*sigmoid_output"):
        softmax_output.apply(given)
    assert field(softmax_output.apply(given, classes=2), "units")["out"] == 2


def test_refuses_several_outputs():
    model = functional(
        (layer("InputLayer", "x"), []), (dense("a", units=3), ["x"]), (dense("b", units=3), ["x"]), outputs=["a", "b"]
    )
    with pytest.raises(ValueError, match=r"Invalid `experiment`. Expected a model with one output"):
        softmax_output.apply(Experiment(model, {"loss": "mse"}))
    with pytest.raises(ValueError, match="one output and one loss"):
        softmax_output.apply(Experiment(model, {"loss": ["mse", "mse"]}))


@pytest.mark.parametrize("values", [{"targets": "indices"}, {"classes": 1}, {"classes": 2.5}])
def test_refuses_bad_values(values):
    with pytest.raises(ValueError, match=f"Invalid `{next(iter(values))}`"):
        softmax_output.apply(with_loss("mse", dense("out", units=3)), **values)
