from sick_experiments import SICK

from keras_tips.tips import get

weight_decay = get("weight_decay")


def test_spares_biases_and_normalizations():
    changed = weight_decay.apply(SICK.replace(undecayed=("alpha",)), rate=0.2)
    assert changed.compile["optimizer"]["config"]["weight_decay"] == 0.2
    assert changed.undecayed == ("alpha", "bias", "gamma", "beta")
