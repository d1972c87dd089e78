import pytest
from plain_models import dense, layer, layers_of, sequential
from sick_experiments import with_loss

from keras_tips.records import Experiment
from keras_tips.tips import get

scale_targets = get("scale_targets")


@pytest.mark.parametrize("loss, weight", [("mse", 1 / 2500), ("mean_absolute_error", 1 / 50)])
def test_scales_back_and_weighs_the_loss(loss, weight):
    changed = scale_targets.apply(with_loss(loss, dense("out", "linear", units=1)), mean=150.0, deviation=50.0)
    last = layers_of(changed)[-1]
    assert (last["class_name"], last["config"]["scale"], last["config"]["offset"]) == ("Rescaling", 50.0, 150.0)
    assert changed.compile["loss_weights"] == pytest.approx(weight)


@pytest.mark.parametrize("given", [2.0, [2.0], {"out": 2.0}])
def test_multiplies_a_weight_that_is_there(given):
    experiment = with_loss("mse", dense("out", "linear", units=1))
    experiment = experiment.replace(compile={**experiment.compile, "loss_weights": given})
    assert scale_targets.apply(experiment, mean=0.0, deviation=2.0).compile["loss_weights"] == 0.5


def test_stands_behind_a_nested_model():
    inner = sequential(dense("b"), dense("c", "linear", units=1), name="inner")
    changed = scale_targets.apply(Experiment(sequential(dense("a"), inner), {"loss": "mse"}), mean=1.0, deviation=2.0)
    assert [each["class_name"] for each in layers_of(changed)] == ["Dense", "Sequential", "Rescaling"]


@pytest.mark.parametrize("loss, layers", [("mse", ("relu",)), ("binary_crossentropy", ("linear",))])
def test_refuses_other_pairs(loss, layers):
    given = with_loss(loss, dense("out", layers[0], units=1), layer("Dropout", "drop", rate=0.1))
    with pytest.raises(ValueError, match=r"squared or absolute error behind a linear output.*linear_output"):
        scale_targets.apply(given, mean=1.0, deviation=2.0)


@pytest.mark.parametrize("values", [{"mean": float("nan"), "deviation": 1.0}, {"mean": 0.0, "deviation": 0.0}])
def test_refuses_bad_numbers(values):
    with pytest.raises(ValueError, match=r"Invalid `(mean|deviation)`"):
        scale_targets.apply(with_loss("mse", dense("out", "linear", units=1)), **values)
