import pytest
from plain_models import dense, experiment, layer, layers_of
from sick_experiments import IMAGE

from keras_tips.tips import get

weaker_augmentation = get("weaker_augmentation")


@pytest.mark.parametrize(
    "kind, before, after",
    [
        ("RandomRotation", {"factor": [-0.5, 0.5]}, {"factor": [-0.25, 0.25]}),
        ("RandomZoom", {"height_factor": 0.5, "width_factor": None}, {"height_factor": 0.25, "width_factor": None}),
        ("GaussianNoise", {"stddev": 1.0}, {"stddev": 0.5}),
        ("RandomInvert", {"factor": [0, 1.0], "value_range": [0.0, 1.0]}, {"factor": [0, 0.5], "value_range": [0.0, 1.0]}),
        ("RandomFlip", {"mode": "horizontal"}, {"mode": "horizontal"}),
    ],
)
def test_halves_amounts(kind, before, after):
    changed = layers_of(weaker_augmentation.apply(experiment(IMAGE, layer(kind, "a", **before), dense("out"))))[1]
    assert changed["config"] == {"name": "a", **after}


def test_nothing_is_left_at_zero_but_crops():
    names = ("RandomFlip", "RandomRotation", "RandomCrop", "GaussianNoise")
    given = experiment(IMAGE, *(layer(name, name.lower()) for name in names), dense("out"))
    changed = weaker_augmentation.apply(given, factor=0.0)
    assert [each["class_name"] for each in layers_of(changed)] == ["InputLayer", "RandomCrop", "Dense"]
