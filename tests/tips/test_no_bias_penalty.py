from plain_models import experiment, field, layer
from sick_experiments import PENALIZED

from keras_tips.tips import get

no_bias_penalty = get("no_bias_penalty")


def test_kernels_keep_theirs():
    changed = no_bias_penalty.apply(PENALIZED)
    assert field(changed, "bias_regularizer")["first"] is None
    assert field(changed, "kernel_regularizer") == field(PENALIZED, "kernel_regularizer")


def test_scales_of_normalizations_and_the_output_too():
    given = experiment(layer("BatchNormalization", "n", gamma_regularizer="l2"), layer("Dense", "out", bias_regularizer="l2"))
    changed = no_bias_penalty.apply(given)
    assert field(changed, "gamma_regularizer")["n"] is None
    assert field(changed, "bias_regularizer")["out"] is None
