from plain_models import dense, experiment, field, layer

from keras_tips.tips import get

l2 = get("l2")


def test_on_every_kernel_and_no_bias():
    separable = layer("SeparableConv2D", "s", depthwise_initializer="x", pointwise_initializer="x", bias_regularizer=None)
    changed = l2.apply(experiment(separable, dense("out", bias_regularizer=None)), strength=0.5)
    assert field(changed, "depthwise_regularizer")["s"]["config"] == {"l2": 0.5}
    assert field(changed, "pointwise_regularizer")["s"]["config"] == {"l2": 0.5}
    assert field(changed, "kernel_regularizer")["out"]["config"] == {"l2": 0.5}
    assert set(field(changed, "bias_regularizer").values()) == {None}


def test_sets_the_strength_of_an_l2_and_leaves_others():
    other = {"class_name": "L1", "config": {"l1": 0.1}}
    changed = l2.apply(experiment(dense("a", kernel_regularizer="l2"), dense("out", kernel_regularizer=other)))
    assert field(changed, "kernel_regularizer")["a"]["config"] == {"l2": 0.001}
    assert field(changed, "kernel_regularizer")["out"] == other
