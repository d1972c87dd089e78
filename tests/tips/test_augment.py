import pytest
from plain_models import dense, experiment, functional, layer, layers_of
from sick_experiments import PIXELS, PLAIN_IMAGES

from keras_tips.records import Experiment
from keras_tips.tips import get

augment = get("augment")


def kinds(changed):
    return [each["class_name"] for each in layers_of(changed)]


def test_shifts_and_turns_images():
    changed = augment.apply(PLAIN_IMAGES, strength=0.2)
    assert kinds(changed) == ["InputLayer", "RandomTranslation", "RandomRotation", "Flatten", "Dense"]
    shift, turn = (each["config"] for each in layers_of(changed)[1:3])
    assert (shift["height_factor"], shift["width_factor"], turn["factor"]) == (0.2, 0.2, 0.05)


@pytest.mark.parametrize("scaling", ["Normalization", "PCAWhitening"])
def test_adds_noise_behind_scaled_numbers(scaling):
    changed = augment.apply(experiment(PIXELS, layer(scaling, "scaled"), dense("out")))
    assert kinds(changed) == ["InputLayer", scaling, "GaussianNoise", "Dense"]
    assert layers_of(changed)[2]["config"]["stddev"] == 0.1
    assert augment.apply(changed) == changed


def test_in_a_graph():
    model = functional((PIXELS, []), (layer("Normalization", "n"), ["pixels"]), (dense("out"), ["n"]), outputs=["out"])
    changed = augment.apply(Experiment(model, {}))
    assert kinds(changed) == ["InputLayer", "Normalization", "GaussianNoise", "Dense"]


def test_noise_of_an_unknown_size_is_refused():
    with pytest.raises(ValueError, match=r"inputs that are scaled first.*Apply scale_inputs"):
        augment.apply(experiment(PIXELS, dense("out")))
