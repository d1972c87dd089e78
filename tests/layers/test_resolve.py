"""Names of Keras's objects, and what is said of a name that there is not."""

import re

import keras
import pytest

from keras_tips.layers.resolve import resolve


def test_finds_what_keras_finds():
    constraint = keras.constraints.NonNeg()
    assert resolve("constraint", constraint, keras.constraints) is constraint
    assert isinstance(resolve("initializer", "he_normal", keras.initializers), keras.initializers.HeNormal)
    assert resolve("regularizer", None, keras.regularizers) is None
    assert resolve("activation", None, keras.activations) is keras.activations.linear


@pytest.mark.parametrize(
    "identifier, family, end",
    [
        ("he_nromal", keras.initializers, "name='he_nromal'. Did you mean 'he_normal'?"),
        ("sigmoyd", keras.activations, "name='sigmoyd'. Did you mean 'sigmoid'?"),
        (3, keras.regularizers, "name=3."),
        ([], keras.constraints, "name=[]."),
    ],
)
def test_tells_the_nearest_name(identifier, family, end):
    with pytest.raises(
        ValueError, match=r"^Invalid `name`. Expected a name, config or object of keras.*" + re.escape(end) + "$"
    ):
        resolve("name", identifier, family)
