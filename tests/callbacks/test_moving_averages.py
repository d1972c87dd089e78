"""Which optimizers keep moving averages of weights, and beginning them anew."""

import keras
import numpy as np
import pytest

from keras_tips.callbacks.moving_averages import averaging_optimizers, begin_averages_anew

pytestmark = pytest.mark.backend


def sgd(use_ema=True):
    return keras.optimizers.SGD(1.0, use_ema=use_ema, ema_momentum=0.5)


def several():
    mapping = keras.optimizers.OptimizerMap(default_optimizer=sgd(False), optimizer_map={".*second.*": sgd()})
    return keras.optimizers.MultiOptimizer(mapping)


@pytest.mark.parametrize(
    "optimizer, expected",
    [
        (lambda: sgd(), 1),
        (lambda: sgd(False), 0),
        (lambda: keras.optimizers.LossScaleOptimizer(sgd()), 1),
        (several, 1),
    ],
)
def test_begins_anew(optimizer, expected):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="first"), keras.layers.Dense(1, name="second")])
    model.compile(optimizer(), "mse")
    averaging = averaging_optimizers(model)
    assert len(averaging) == expected
    begin_averages_anew(model)  # nothing is built yet
    for _ in range(3):
        model.train_on_batch(np.ones((4, 2)), np.full((4, 1), 10.0))

    def pairs():
        for each in averaging:
            yield from zip(each._trainable_variables, each._model_variables_moving_average, strict=True)

    apart = [np.abs(keras.ops.convert_to_numpy(weight - average)).max() for weight, average in pairs()]
    assert not expected or max(apart) > 0
    begin_averages_anew(model)
    for weight, average in pairs():
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (weight, average)))


def test_a_model_without_an_optimizer():
    assert averaging_optimizers(keras.Sequential()) == []
    assert averaging_optimizers(object()) == []
