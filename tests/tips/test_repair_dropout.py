import pytest
from plain_models import dense, experiment, functional, layer, layers_of

from keras_tips.records import Experiment
from keras_tips.tips import get

repair_dropout = get("repair_dropout")


def own(**config):
    return {
        "module": "mine",
        "class_name": "OwnDropout",
        "config": {"name": "d", **config},
        "registered_name": "mine>OwnDropout",
    }


@pytest.mark.parametrize("config, rate", [({"rate": 0.3}, 0.3), ({"p": 0.2}, 0.2), ({"keep_prob": 0.75}, 0.25)])
def test_takes_over_the_rate(config, rate):
    changed = layers_of(repair_dropout.apply(experiment(dense("a"), own(**config), dense("out"))))[1]
    assert (changed["class_name"], changed["registered_name"], changed["config"]) == (
        "Dropout",
        None,
        {"rate": rate, "name": "d"},
    )


@pytest.mark.parametrize("config", [{}, {"rate": 1.5}, {"rate": "high"}])
def test_asks_for_a_rate_that_it_cannot_read(config):
    with pytest.raises(ValueError, match=r"Invalid `experiment`. Expected a rate in the config of 'd'"):
        repair_dropout.apply(experiment(dense("a"), own(**config), dense("out")))


@pytest.mark.parametrize("activation, kind", [("relu", "Dropout"), ("selu", "AlphaDropout")])
def test_alpha_dropout_belongs_to_selu(activation, kind):
    given = experiment(dense("a", activation), layer("AlphaDropout", "d", rate=0.5), dense("out"))
    assert layers_of(repair_dropout.apply(given))[1]["class_name"] == kind


def test_keras_decides_when_it_is_active():
    model = functional(
        (layer("InputLayer", "x"), []), (layer("Dropout", "d", rate=0.5), ["x"]), (dense("out"), ["d"]), outputs=["out"]
    )
    model["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"training": True, "mask": None}
    changed = layers_of(repair_dropout.apply(Experiment(model, {})))[1]
    assert changed["inbound_nodes"][0]["kwargs"] == {"mask": None}


def test_sound_dropouts_stay():
    given = experiment(dense("a"), layer("Dropout", "d", rate=0.5), layer("GaussianDropout", "g", rate=0.5), dense("out"))
    assert repair_dropout.apply(given) == given
