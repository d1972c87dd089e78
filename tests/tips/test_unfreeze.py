from plain_models import dense, sequential

from keras_tips.records import Experiment
from keras_tips.tips import get

unfreeze = get("unfreeze")


def test_thaws_the_model_and_every_layer_in_it():
    inner = sequential(dense("a", trainable=False), name="inner")
    model = sequential(inner, dense("out", trainable=True))
    model["config"]["trainable"] = False
    changed = unfreeze.apply(Experiment(model, {})).model["config"]
    assert changed["trainable"]
    assert changed["layers"][0]["config"]["layers"][0]["config"]["trainable"]
    assert model["config"]["trainable"] is False


def test_thaws_what_is_wrapped():
    wrapper = {"class_name": "TimeDistributed", "config": {"name": "each", "layer": dense("a", trainable=False)}}
    changed = unfreeze.apply(Experiment(sequential(wrapper, dense("out")), {})).model["config"]["layers"][0]
    assert changed["config"]["layer"]["config"]["trainable"]
