"""The layer under examination, and others like it."""

import keras
import numpy as np
import pytest

from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import examined

pytestmark = pytest.mark.backend

X = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")


def test_a_twin_has_the_weights_and_a_fresh_layer_its_own():
    subject = examined(keras.layers.Dense, {"units": 2}, X, {})
    np.testing.assert_array_equal(subject.call(subject.twin())[0], subject.outputs[0])
    assert not np.allclose(subject.call(subject.fresh())[0], subject.outputs[0])


def test_twins_share_nothing_with_the_arguments():
    inner = keras.layers.Dense(2)
    subject = examined(keras.layers.TimeDistributed, {"layer": inner}, X[:, None], {})
    assert not inner.built
    assert subject.new().layer is not subject.new().layer


def test_statistics_that_training_keeps_are_moved():
    subject = examined(keras.layers.BatchNormalization, {"momentum": 0.5}, X, {})
    np.testing.assert_allclose(subject.layer.get_weights()[2], 0.5 * X.mean(0), rtol=1e-5)


def test_constraints_hold_after_the_weights_were_moved():
    subject = examined(keras.layers.Dense, {"units": 20, "kernel_constraint": "non_neg"}, X, {})
    assert subject.layer.get_weights()[0].min() >= 0


def test_knows_what_is_random():
    assert examined(keras.layers.Dropout, {"rate": 0.5}, X, {}).repeatable
    noisy = examined(keras.layers.Dropout, {"rate": 0.5}, X, {"training": True})
    assert not noisy.repeatable
    with pytest.raises(NotExamined, match="something else on each call"):
        noisy.need_values()


def test_models_take_any_number_of_examples():
    subject = examined(keras.layers.Add, {}, [X, X], {})
    assert subject.model().input_shape == [(None, 4), (None, 4)]
    np.testing.assert_allclose(subject.predict(subject.model(), [X[:1], X[:1]])[0], 2 * X[:1])


def test_layers_that_adapt_have_adapted():
    subject = examined(keras.layers.Normalization, {}, X, {})
    assert subject.adapted
    np.testing.assert_allclose(subject.outputs[0].mean(0), 0.0, atol=1e-6)
    told = examined(keras.layers.Normalization, {"mean": 0.0, "variance": 4.0}, X, {})
    assert not told.adapted
    np.testing.assert_allclose(told.outputs[0], X / 2, rtol=1e-6)
