import pytest
from sick_experiments import with_optimizer

from keras_tips.tips import get

momentum = get("momentum")


@pytest.mark.parametrize("kind, added", [("SGD", {"momentum": 0.8, "nesterov": True}), ("RMSprop", {"momentum": 0.8})])
def test_is_added_where_there_is_such_an_argument(kind, added):
    changed = momentum.apply(with_optimizer(kind, learning_rate=0.1), amount=0.8)
    assert changed.compile["optimizer"]["config"] == {"learning_rate": 0.1, **added}


@pytest.mark.parametrize("kind", ["Adam", "Nadam", "Adagrad"])
def test_optimizers_with_one_of_their_own_stay(kind):
    assert momentum.apply(with_optimizer(kind)) == with_optimizer(kind)
