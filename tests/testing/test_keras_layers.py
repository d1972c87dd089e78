"""No false alarms: Keras's own layers pass, but for defects of Keras that stand here one by one."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.testing import LayerCheckError, check_layer
from keras_tips.testing.order import CHECKS

WORDS = np.random.default_rng(0).integers(0, 7, (2, 4))
SEQUENCES = (2, 3, 4)
IMAGES = (2, 5, 6, 3)
QUERY_AND_VALUE = {"query_shape": (2, 3, 4), "value_shape": (2, 5, 4)}

QUICK = [
    (layers.Dense, {"units": 3, "activation": "tanh"}, (2, 4)),
    (layers.Conv2D, {"filters": 7, "kernel_size": 2, "padding": "same"}, IMAGES),
    (layers.MaxPooling2D, {"pool_size": 2}, IMAGES),
    (layers.GlobalAveragePooling1D, {}, SEQUENCES),
    (layers.BatchNormalization, {"momentum": 0.8}, (3, 4, 5)),
    (layers.LayerNormalization, {}, SEQUENCES),
    (layers.Dropout, {"rate": 0.3}, (2, 3, 40)),
    (layers.Embedding, {"input_dim": 7, "output_dim": 3, "mask_zero": True}, WORDS),
    (layers.LeakyReLU, {"negative_slope": 0.1}, (2, 4)),
    (layers.PReLU, {}, (2, 4)),
    (layers.Masking, {}, SEQUENCES),
    (layers.Flatten, {}, IMAGES),
    (layers.Add, {}, [(2, 3), (2, 3)]),
    (layers.Concatenate, {"axis": 1}, [(2, 3, 2), (2, 4, 2)]),
    (layers.Discretization, {"bin_boundaries": [0.0, 0.5]}, (2, 4)),
    (layers.Identity, {}, (2, 4)),
]
FURTHER = [
    (layers.Activation, {"activation": "gelu"}, (2, 4)),
    (layers.Attention, {"use_scale": True}, [(2, 3, 4), (2, 5, 4)]),
    (layers.AveragePooling3D, {"pool_size": 2}, (2, 4, 4, 4, 3)),
    (layers.Conv1D, {"filters": 7, "kernel_size": 2}, (2, 5, 4)),
    (layers.Conv2D, {"filters": 8, "kernel_size": 2, "strides": 2, "groups": 2}, (2, 5, 4, 2)),
    (layers.Conv2DTranspose, {"filters": 7, "kernel_size": 2, "strides": 2}, IMAGES),
    (layers.Conv3D, {"filters": 7, "kernel_size": 2}, (2, 3, 4, 3, 2)),
    (layers.DepthwiseConv2D, {"kernel_size": 2}, IMAGES),
    (layers.EinsumDense, {"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d"}, SEQUENCES),
    (layers.GaussianNoise, {"stddev": 0.3}, (2, 4)),
    (layers.GlobalMaxPooling2D, {"keepdims": True}, IMAGES),
    (layers.Rescaling, {"scale": 0.5, "offset": 1.0}, (2, 4)),
    (layers.Reshape, {"target_shape": (4, 3)}, SEQUENCES),
    (layers.Resizing, {"height": 3, "width": 5}, IMAGES),
    (layers.SeparableConv2D, {"filters": 7, "kernel_size": 2}, IMAGES),
    (layers.Softmax, {}, (2, 4)),
    (layers.TimeDistributed, {"layer": layers.Dense(2)}, SEQUENCES),
    (layers.UpSampling2D, {"size": 2, "interpolation": "bilinear"}, IMAGES),
    (layers.ZeroPadding2D, {"padding": 1}, IMAGES),
    (layers.Bidirectional, {"layer": layers.SimpleRNN(2, return_sequences=True)}, SEQUENCES),
    (layers.MultiHeadAttention, {"num_heads": 2, "key_dim": 3}, QUERY_AND_VALUE),
]

BROADCASTABLE = "The `mask` must be broadcastable to `inputs`"
# What is wrong in Keras 3.15.1. A layer, its arguments, its inputs, and for each check that fails a part of what it says.
DEFECTS = {
    "the argument use_cudnn gets lost": (layers.LSTM, {"units": 3}, SEQUENCES, {"config": "Missing: `use_cudnn`"}),
    "masked steps count in the statistics": (layers.GroupNormalization, {"groups": 2}, SEQUENCES, {"mask": "masked ones"}),
    "the argument use_cudnn of GRU gets lost too": (layers.GRU, {"units": 3}, SEQUENCES, {"config": "Missing: `use_cudnn`"}),
    "the argument seed gets lost": (layers.SimpleRNN, {"units": 3}, SEQUENCES, {"config": "`cell.seed` is 5"}),
    "a layer that was told its statistics cannot stand in a subclassed model": (
        layers.Normalization,
        {"mean": [1.0, 2.0], "variance": [3.0, 4.0]},
        (3, 2),
        {"models": "out of scope"},
    ),
    "a mask of steps raises": (
        layers.Softmax,
        {},
        SEQUENCES,
        {"mask": BROADCASTABLE, "mixed_float16": BROADCASTABLE, "mixed_bfloat16": BROADCASTABLE},
    ),
    "a clone with the same weights has not learned": (layers.Normalization, {}, (5, 4), {"clone": "instead of"}),
    "the argument sparse gets lost, and the dtype is another than promised": (
        layers.CategoryEncoding,
        {"num_tokens": 7},
        WORDS,
        {"config": "Missing: `sparse`", "mixed_float16": "float32", "mixed_bfloat16": "float32", "keras_harness": "float16"},
    ),
    "nothing is cropped at inference": (
        layers.RandomCrop,
        {"height": 3, "width": 3},
        IMAGES,
        {"output_spec": "", "export": ""},
    ),
    "an exported model goes on to augment": (layers.RandomBrightness, {"factor": 0.2}, IMAGES, {"export": "instead of"}),
    "a bias as long as the last axis is added there": (
        layers.Conv3D,
        {"filters": 2, "kernel_size": 2},
        (2, 3, 4, 3, 3),
        {"channels_first": "instead of"},
    ),
}


def given(inputs):
    return {"inputs": inputs} if isinstance(inputs, np.ndarray) else {"input_shape": inputs}


def named(cases, *marks):
    return [pytest.param(*case, marks=marks, id=case[0].__name__) for case in cases]


@pytest.mark.parametrize(
    "layer_class, init_kwargs, inputs",
    [*named(QUICK, pytest.mark.backend), *named(FURTHER)],
)
def test_passes(layer_class, init_kwargs, inputs):
    report = check_layer(layer_class, init_kwargs, **given(inputs))
    assert {"output_spec", "config", "keras_file", "copies", "jit", "keras_harness"} <= set(report.passed)
    assert len(report.passed) + len(report.not_examined) == len(CHECKS)


@pytest.mark.skipif(not keras.__version__.startswith("3.15."), reason="what is wrong in Keras 3.15")
@pytest.mark.parametrize("name", DEFECTS)
def test_defects_of_keras(name):
    layer_class, init_kwargs, inputs, expected = DEFECTS[name]
    with pytest.raises(LayerCheckError) as raised:
        check_layer(layer_class, init_kwargs, **given(inputs))
    assert set(raised.value.failures) == set(expected)
    for check, sentence in expected.items():
        assert sentence in raised.value.failures[check]
