import pytest
from plain_models import dense, experiment, field, layer

from keras_tips.tips import get

glorot = get("glorot_initialization")


def activations(changed):
    kernels = field(changed, "kernel_initializer")
    return {
        name: kernel if isinstance(kernel, (str, type(None))) else kernel["config"]["activation"]
        for name, kernel in kernels.items()
    }


@pytest.mark.parametrize(
    "activation, like", [("sigmoid", "sigmoid"), ("tanh", "tanh"), ("softsign", "tanh"), ("gelu", "relu"), ("linear", "linear")]
)
def test_fits_each_activation(activation, like):
    assert activations(glorot.apply(experiment(dense("a", activation), dense("out")))) == {"a": like, "out": "glorot_uniform"}


def test_sees_an_activation_behind_a_normalization():
    given = experiment(dense("a", "linear"), layer("BatchNormalization", "n"), layer("ReLU", "r"), dense("out"))
    assert activations(glorot.apply(given))["a"] == "relu"


def test_leaves_what_it_does_not_know():
    own = dense("own", {"class_name": "function", "config": "mine"})
    recurrent = layer("LSTM", "memory", activation="tanh", kernel_initializer="zeros", recurrent_initializer="orthogonal")
    given = experiment(own, dense("selu", "selu"), recurrent, dense("out"))
    assert glorot.apply(given) == given


def test_normal_as_well():
    changed = glorot.apply(experiment(dense("a", "tanh"), dense("out")), distribution="normal")
    assert field(changed, "kernel_initializer")["a"]["config"]["distribution"] == "normal"
