"""What measuring does besides measuring: it looks at the clock, and keeps Keras's twin function."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips import Doctor
from keras_tips.callbacks import GradientMonitor

pytestmark = pytest.mark.backend

X = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")


def network():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, name="last")])
    model.compile("sgd", "mse")
    return model


class Clock(keras.callbacks.Callback):
    """A clock that goes on by a second with each training step, and by a hundred with each validation."""

    now = 0.0

    def perf_counter(self):
        return self.now

    def on_train_batch_end(self, batch, logs=None):
        self.now += 1.0

    def on_test_end(self, logs=None):
        self.now += 100.0


def test_seconds_of_a_step_without_those_of_validation(monkeypatch):
    model, monitor, clock = network(), GradientMonitor(every=2), Clock()
    monkeypatch.setattr("keras_tips.callbacks.measuring.time", clock)
    fit = {"batch_size": 2, "epochs": 2, "verbose": 0, "validation_data": (X, X[:, :1])}
    model.fit(X, X[:, :1], callbacks=[monitor, clock], **fit)
    steps, seconds = monitor.run.series("step_seconds", "train")
    assert steps.tolist() == [
        2,
        4,
        5,
        8,
        10,
        11,
    ]  # an epoch's first step has none before it; its last one has a look of its own
    assert seconds.tolist() == [1.0] * 6


@pytest.mark.parametrize("watch", [GradientMonitor, Doctor])
def test_a_second_fit_compiles_nothing(watch):
    model, made = network(), []
    plain = model.make_train_function
    model.make_train_function = lambda force=False: (made.append(force), plain(force=force))
    for _ in range(3):
        model.fit(X, X[:, :1], batch_size=4, verbose=0, callbacks=[watch()])
    assert made.count(True) == 1
    model.compile("sgd", "mae")  # a new function of Keras's own needs a new twin
    model.fit(X, X[:, :1], batch_size=4, verbose=0, callbacks=[watch()])
    assert made.count(True) == 2
