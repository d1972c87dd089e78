import pytest
from sick_experiments import SICK, with_optimizer

from keras_tips.tips import get

schedule = get("learning_rate_schedule")


@pytest.mark.parametrize(
    "kind, class_name, length",
    [
        ("cosine", "CosineDecay", "decay_steps"),
        ("exponential", "ExponentialDecay", "decay_steps"),
        ("one_cycle", "OneCycle", "steps"),
    ],
)
def test_lasts_for_the_whole_training(kind, class_name, length):
    rate = schedule.apply(with_optimizer("SGD", learning_rate=0.5), kind=kind).compile["optimizer"]["config"]["learning_rate"]
    assert rate["class_name"] == class_name
    assert rate["config"][length] == {"share_of_training": 1.0}
    assert 0.5 in rate["config"].values()


def test_stairs():
    rate = schedule.apply(with_optimizer("SGD", learning_rate=1.0), kind="steps").compile["optimizer"]["config"][
        "learning_rate"
    ]
    assert rate["config"]["values"] == pytest.approx([1.0, 0.1, 0.01])
    assert rate["config"]["boundaries"] == [{"share_of_training": 0.5}, {"share_of_training": 0.75}]


def test_a_schedule_that_is_there_stays():
    given = with_optimizer("SGD", learning_rate={"class_name": "CosineDecay", "config": {}})
    assert schedule.apply(given) == given


def test_tells_the_nearest_kind():
    with pytest.raises(ValueError, match=r"Invalid `kind`.*Did you mean 'cosine'"):
        schedule.apply(SICK, kind="cosin")
