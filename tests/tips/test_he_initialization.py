import pytest
from plain_models import dense, experiment, field, layer

from keras_tips.tips import get

he_initialization = get("he_initialization")


def kinds(changed):
    kernels = field(changed, "kernel_initializer")
    return {name: kernel if isinstance(kernel, (str, type(None))) else kernel["class_name"] for name, kernel in kernels.items()}


@pytest.mark.parametrize("distribution, kind", [("normal", "HeNormal"), ("uniform", "HeUniform")])
def test_sets_hidden_relu_layers(distribution, kind):
    given = experiment(dense("a", "relu"), dense("b", "elu"), dense("out", "relu"))
    changed = he_initialization.apply(given, distribution=distribution)
    assert kinds(changed) == {"a": kind, "b": kind, "out": "glorot_uniform"}


@pytest.mark.parametrize("activation", ["selu", "tanh", "sigmoid", "linear", "softplus"])
def test_leaves_layers_of_other_activations(activation):
    given = experiment(dense("a", activation), dense("out", "softmax"))
    assert he_initialization.apply(given) == given


def test_sees_an_activation_layer_behind_a_normalization():
    given = experiment(dense("a", "linear"), layer("BatchNormalization", "n"), layer("ReLU", "r"), dense("out"))
    assert kinds(he_initialization.apply(given))["a"] == "HeNormal"


def test_knows_the_kernels_of_separable_convolutions():
    separable = layer("SeparableConv2D", "s", activation="relu", depthwise_initializer="zeros", pointwise_initializer="zeros")
    changed = he_initialization.apply(experiment(separable, dense("out")))
    assert field(changed, "depthwise_initializer")["s"]["class_name"] == "HeNormal"
    assert field(changed, "pointwise_initializer")["s"]["class_name"] == "HeNormal"


def test_refuses_other_distributions():
    with pytest.raises(ValueError, match=r"Invalid `distribution`.*'normal', 'uniform'.*Did you mean 'normal'"):
        he_initialization.apply(experiment(dense("out")), distribution="normals")
