import pytest
from plain_models import dense, experiment, layer, layers_of

from keras_tips.tips import get

whiten_inputs = get("whiten_inputs")


def test_stands_in_front_of_everything_once():
    given = experiment(layer("InputLayer", "x", batch_shape=[None, 4]), layer("Normalization", "n"), dense("out"))
    changed = whiten_inputs.apply(given, zca=False)
    assert [each["class_name"] for each in layers_of(changed)] == ["InputLayer", "PCAWhitening", "Normalization", "Dense"]
    assert (changed.adapt, layers_of(changed)[1]["config"]["zca"]) == (("whiten_inputs",), False)


@pytest.mark.parametrize("shape", [[None, 5000], [None, 80, 80, 3], [None, None, 3]])
def test_refuses_what_takes_too_large_a_matrix(shape):
    with pytest.raises(ValueError, match=r"at most 4096 features.*scale_inputs"):
        whiten_inputs.apply(experiment(layer("InputLayer", "x", batch_shape=shape), dense("out")))


def test_refuses_tokens():
    with pytest.raises(ValueError, match="amounts"):
        whiten_inputs.apply(experiment(layer("Embedding", "words"), dense("out")))
