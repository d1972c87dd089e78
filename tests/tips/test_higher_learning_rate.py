import pytest
from sick_experiments import SICK, with_optimizer

from keras_tips.tips import get

higher = get("higher_learning_rate")


def test_each_time_ten_times():
    once = higher.apply(with_optimizer("SGD", learning_rate=0.001))
    assert once.compile["optimizer"]["config"]["learning_rate"] == pytest.approx(0.01)
    assert higher.apply(once).compile["optimizer"]["config"]["learning_rate"] == pytest.approx(0.1)


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_refuses_what_does_not_raise(factor):
    with pytest.raises(ValueError, match=r"Invalid `factor`"):
        higher.apply(SICK, factor=factor)
