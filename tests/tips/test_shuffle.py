import pytest
from sick_experiments import SICK

from keras_tips.tips import get

shuffle = get("shuffle")


@pytest.mark.parametrize("before", [False, None, "batch"])
def test_switches_it_on(before):
    assert shuffle.apply(SICK.replace(fit={"shuffle": before})).fit == {"shuffle": True}


@pytest.mark.parametrize("fit", [{}, {"shuffle": True}])
def test_keras_shuffles_by_itself(fit):
    assert shuffle.apply(SICK.replace(fit=fit)).fit == fit
