"""Layers without weights are built from the start."""

import keras

from keras_tips.layers.mark_built import mark_built


def test_a_layer_without_weights_is_built_and_one_with_its_own_build_is_not():
    class Weighted(keras.layers.Layer):
        def build(self, input_shape):
            self.kernel = self.add_weight(shape=input_shape)

    plain, weighted = keras.layers.Layer(), Weighted()
    mark_built(plain)
    mark_built(weighted)
    assert plain.built
    assert not weighted.built


def test_without_the_private_method_nothing_happens():
    mark_built(object())
