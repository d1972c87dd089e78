import pytest
from sick_experiments import SICK, with_optimizer

from keras_tips.tips import get

lower = get("lower_learning_rate")


def rate_of(changed):
    return changed.compile["optimizer"]["config"]["learning_rate"]


def test_each_time_a_tenth():
    once = lower.apply(with_optimizer("SGD", learning_rate=2.0))
    assert rate_of(once) == pytest.approx(0.2)
    assert rate_of(lower.apply(once)) == pytest.approx(0.02)


@pytest.mark.parametrize("name, default", [("adam", 0.001), ("sgd", 0.01)])
def test_knows_the_default_of_an_optimizer_given_by_name(name, default):
    changed = lower.apply(SICK.replace(compile={"optimizer": name}), factor=0.5)
    assert rate_of(changed) == pytest.approx(default / 2)


def test_scales_every_rate_of_a_schedule_and_nothing_else():
    config = {"initial_learning_rate": 1.0, "decay_steps": 100, "alpha": 0.5, "warmup_target": None}
    schedule = {"class_name": "CosineDecay", "config": config}
    changed = rate_of(lower.apply(with_optimizer("SGD", learning_rate=schedule)))
    assert changed["config"] == {"initial_learning_rate": 0.1, "decay_steps": 100, "alpha": 0.5, "warmup_target": None}
    stairs = {"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [5], "values": [1.0, 0.5]}}
    assert rate_of(lower.apply(with_optimizer("SGD", learning_rate=stairs)))["config"]["values"] == [0.1, 0.05]


@pytest.mark.parametrize("rate", [0.0, -0.1, float("nan"), float("inf")])
def test_no_factor_repairs_a_rate_that_is_none(rate):
    with pytest.raises(ValueError, match=r"Invalid `experiment`. Expected a learning rate above 0.*take the tip adam"):
        lower.apply(with_optimizer("SGD", learning_rate=rate))


@pytest.mark.parametrize("factor", [1.0, 2.0, 0.0])
def test_refuses_what_does_not_lower(factor):
    with pytest.raises(ValueError, match=r"Invalid `factor`"):
        lower.apply(SICK, factor=factor)
