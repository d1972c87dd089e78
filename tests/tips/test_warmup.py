import pytest
from sick_experiments import with_optimizer

from keras_tips.tips import get

warmup = get("warmup")


def rate_of(changed):
    return changed.compile["optimizer"]["config"]["learning_rate"]


def test_rises_to_the_rate():
    rate = rate_of(warmup.apply(with_optimizer("SGD", learning_rate=0.5), share=0.25))
    assert rate["class_name"] == "PolynomialDecay"
    config = rate["config"]
    assert config["initial_learning_rate"] == pytest.approx(0.005)
    assert (config["end_learning_rate"], config["decay_steps"]) == (0.5, {"share_of_training": 0.25})


def test_a_cosine_gets_its_own_and_keeps_its_end():
    given = get("learning_rate_schedule").apply(with_optimizer("SGD", learning_rate=0.5))
    config = rate_of(warmup.apply(given))["config"]
    assert config["warmup_target"] == 0.5
    assert config["warmup_steps"] == {"share_of_training": 0.1}
    assert config["decay_steps"] == {"share_of_training": 0.9}


def test_a_length_in_steps_stays():
    cosine = {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.5, "decay_steps": 70}}
    assert rate_of(warmup.apply(with_optimizer("SGD", learning_rate=cosine)))["config"]["decay_steps"] == 70


def test_other_schedules_stay():
    given = with_optimizer("SGD", learning_rate={"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.5}})
    assert warmup.apply(given) == given
