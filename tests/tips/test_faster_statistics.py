import pytest
from plain_models import dense, experiment, field, layer

from keras_tips.tips import get

faster_statistics = get("faster_statistics")


@pytest.mark.parametrize("before, after", [({"momentum": 0.99}, 0.9), ({}, 0.9), ({"momentum": 0.8}, 0.8)])
def test_never_slower(before, after):
    changed = faster_statistics.apply(experiment(layer("BatchNormalization", "n", **before), dense("out")))
    assert field(changed, "momentum")["n"] == after


def test_other_momenta_stay():
    given = experiment(layer("Mine", "m", momentum=0.99), dense("out"))
    assert faster_statistics.apply(given) == given
