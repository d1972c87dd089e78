import pytest
from sick_experiments import with_optimizer

from keras_tips.tips import get

default_epsilon = get("default_epsilon")


@pytest.mark.parametrize("epsilon", [0.0, 1e-30, 1.0])
def test_removes_another(epsilon):
    changed = default_epsilon.apply(with_optimizer("Adam", epsilon=epsilon, beta_1=0.8))
    assert changed.compile["optimizer"]["config"] == {"beta_1": 0.8}


@pytest.mark.parametrize("config", [{}, {"epsilon": 1e-7}])
def test_the_default_stays(config):
    assert default_epsilon.apply(with_optimizer("Adam", **config)) == with_optimizer("Adam", **config)
