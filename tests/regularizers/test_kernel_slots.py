"""What counts as a kernel, layer by layer."""

import re

import keras
import pytest

from keras_tips.layers import MaxoutDense, PReLU
from keras_tips.regularizers.kernel_slots import kernel_slots

pytestmark = pytest.mark.backend

layers = keras.layers


class Scaled(layers.Layer):
    """Someone's own layer: weights without names in Keras, and a strength that is a number."""

    def __init__(self, kernel_regularizer=None, decay_kernel_regularizer=0.1, **kwargs):
        super().__init__(**kwargs)
        self.kernel_regularizer = kernel_regularizer
        self.decay_kernel_regularizer = decay_kernel_regularizer

    def build(self, input_shape):
        self.bias = self.add_weight(shape=(input_shape[-1],))
        self.kernel = self.add_weight(shape=(input_shape[-1],))


class Lost(Scaled):
    def build(self, input_shape):
        self.matrix = self.add_weight(shape=(input_shape[-1], 2), name="matrix")


IMAGE, SEQUENCE, ROW = (None, 6, 6, 3), (None, 4, 3), (None, 3)
KERNELS = [
    (lambda: layers.Dense(2), ROW, ["kernel"]),
    (lambda: layers.EinsumDense("ab,bc->ac", output_shape=2, bias_axes="c"), ROW, ["kernel"]),
    (lambda: MaxoutDense(2), ROW, ["kernel"]),
    (lambda: layers.Conv2D(2, 3), IMAGE, ["kernel"]),
    (lambda: layers.Conv2DTranspose(2, 3), IMAGE, ["kernel"]),
    (lambda: layers.DepthwiseConv2D(3), IMAGE, ["kernel"]),
    (lambda: layers.SeparableConv2D(2, 3), IMAGE, ["depthwise_kernel", "pointwise_kernel"]),
    (lambda: layers.SimpleRNN(2), SEQUENCE, ["kernel", "recurrent_kernel"]),
    (lambda: layers.GRU(2), SEQUENCE, ["kernel", "recurrent_kernel"]),
    (lambda: layers.LSTM(2), SEQUENCE, ["kernel", "recurrent_kernel"]),
    (lambda: layers.ConvLSTM1D(2, 2), (None, 4, 6, 3), ["kernel", "recurrent_kernel"]),
    (lambda: layers.RNN([layers.LSTMCell(2), layers.GRUCell(2)]), SEQUENCE, ["kernel", "recurrent_kernel"] * 2),
    (lambda: layers.Bidirectional(layers.LSTM(2)), SEQUENCE, ["kernel", "recurrent_kernel"] * 2),
    (lambda: layers.TimeDistributed(layers.Dense(2)), SEQUENCE, ["kernel"]),
    (lambda: layers.SpectralNormalization(layers.Dense(2)), ROW, ["kernel"]),
    (lambda: Scaled(), ROW, ["kernel"]),
    (lambda: layers.BatchNormalization(), ROW, []),
    (lambda: layers.LayerNormalization(), ROW, []),
    (lambda: layers.GroupNormalization(1), ROW, []),
    (lambda: layers.PReLU(), ROW, []),
    (lambda: PReLU(), ROW, []),
    (lambda: layers.Embedding(5, 2), (None, 4), []),
]


@pytest.mark.parametrize("make, shape, names", KERNELS)
def test_finds_the_kernels_of_a_layer_and_nothing_else(make, shape, names):
    layer = make()
    layer.build(shape)
    kernels = [kernel for slot in kernel_slots(layer) for kernel in slot.kernels]
    assert len({id(kernel) for kernel in kernels}) == len(kernels) == len(names)
    if isinstance(layer, Scaled):
        assert kernels == [layer.kernel]
    else:
        assert sorted(kernel.name for kernel in kernels) == sorted(names)


@pytest.mark.parametrize("make, shape, names", KERNELS)
def test_a_new_layer_has_the_attributes_but_no_kernels_yet(make, shape, names):
    slots = kernel_slots(make())
    assert len(slots) == len(names)
    assert not any(slot.kernels for slot in slots)


def test_attention_hands_its_regularizer_to_four_projections():
    layer = layers.MultiHeadAttention(2, 3)
    layer.build((None, 4, 5), (None, 4, 5))
    slots = kernel_slots(layer)
    assert [len(slot.kernels) for slot in slots] == [4, 1, 1, 1, 1]
    assert slots[0].layer is layer


def test_low_rank_factors_have_the_regularizer_of_the_kernel():
    layer = layers.Dense(4)
    layer.build((None, 5))
    layer.enable_lora(2)
    (slot,) = kernel_slots(layer)
    assert sorted(kernel.name for kernel in slot.kernels) == ["kernel", "lora_kernel_a", "lora_kernel_b"]


def test_a_shared_layer_and_a_nested_model_count_once():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3, name="inner")])
    x = keras.Input((3,))
    model = keras.Model(x, inner(inner(x)))
    assert [slot.layer.name for slot in kernel_slots(model)] == ["inner"]


class Mixed(Scaled):
    """Someone's own layer with a kernel of its own and a layer within."""

    def build(self, input_shape):
        super().build(input_shape)
        self.inner = layers.Dense(2)
        self.inner.build(input_shape)


def test_a_layer_with_a_kernel_of_its_own_keeps_its_regularizer_for_that_one():
    layer = Mixed()
    layer.build((None, 3))
    assert [slot.kernels for slot in kernel_slots(layer)] == [(layer.kernel,), (layer.inner.kernel,)]


def test_says_which_weight_it_could_not_find():
    layer = Lost(name="lost")
    layer.build((None, 3))
    sentence = (
        "Expected a weight called kernel in the layer 'lost', which has a kernel_regularizer. Received: model=['matrix']."
    )
    with pytest.raises(ValueError, match=re.escape(sentence)):
        kernel_slots(layer)
