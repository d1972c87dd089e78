"""A mask in front of a layer, and whether it comes out behind."""

import keras
import numpy as np
import pytest
import sick_layers as sick

from keras_tips.testing.masked import called_with_mask, can_be_masked, some_steps
from keras_tips.testing.subject import examined

pytestmark = pytest.mark.backend

X = np.ones((2, 3, 4), "float32")


def subject_of(layer_class, inputs=X, **init_kwargs):
    return examined(layer_class, init_kwargs, inputs, {})


@pytest.mark.parametrize("layer_class, comes_out", [(sick.Twice, True), (sick.LosesTheMask, False)])
def test_sees_whether_the_mask_comes_out(layer_class, comes_out):
    subject, steps = subject_of(layer_class), some_steps(X)
    (output,), (seen,) = called_with_mask(subject, subject.layer, X, steps)
    assert output.shape == X.shape
    assert (seen is not None) is comes_out
    if comes_out:
        np.testing.assert_array_equal(seen, steps)


def test_without_a_mask_none_comes_out():
    subject = subject_of(sick.Twice)
    assert called_with_mask(subject, subject.layer, X, None)[1] == [None]


@pytest.mark.parametrize(
    "layer_class, inputs, possible",
    [
        (sick.Twice, X, True),
        (sick.Twice, X[:, :1], False),  # one step
        (sick.Twice, X[:, 0], False),  # no steps
        (keras.layers.UpSampling1D, X, False),  # says that it supports none
        (sick.ChannelsFirst, X, False),
    ],
)
def test_tells_what_can_be_masked(layer_class, inputs, possible):
    assert can_be_masked(subject_of(layer_class, inputs)) is possible
