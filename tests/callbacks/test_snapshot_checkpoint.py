"""Saving and resuming a training inside `fit`, on whatever backend is active."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.callbacks import SnapshotCheckpoint

pytestmark = pytest.mark.backend

X = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
Y = X[:, :1] - X[:, 1:2]


def network(optimizer=None, seed=0):
    keras.utils.set_random_seed(seed)
    middle = [layers.Dense(3, "tanh"), layers.Dropout(0.5), layers.BatchNormalization()]
    model = keras.Sequential([keras.Input((4,)), *middle, layers.Dense(1)])
    model.compile(optimizer or keras.optimizers.Adam(0.05), "mean_squared_error")
    return model


def small():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mean_squared_error")
    return model


def fit(model, epochs, *callbacks, **options):
    options = {"batch_size": 4, "shuffle": False, "verbose": 0, **options}
    return model.fit(X, Y, epochs=epochs, callbacks=list(callbacks), **options)


def on_loss(directory, **options):
    return SnapshotCheckpoint(directory, **{"monitor": "loss", **options})


def everything(model):
    """All numbers of a training: weights, optimizer, seed generators."""
    variables = [*model.weights, *model.optimizer.variables, *(v for v in model.variables if "seed" in v.name)]
    return [np.array(keras.ops.convert_to_numpy(variable.value)) for variable in variables]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.05),
    "sgd with EMA, accumulated": lambda: keras.optimizers.SGD(0.05, 0.9, use_ema=True, gradient_accumulation_steps=4),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_resuming_is_bit_for_bit_what_never_stopping_is(name, tmp_path):
    straight = network(OPTIMIZERS[name]())
    fit(straight, 4, on_loss(tmp_path / "straight"))
    fit(network(OPTIMIZERS[name]()), 2, on_loss(tmp_path / "parts"))
    resumed = network(OPTIMIZERS[name](), seed=1)  # as in a new process: nothing is as it was
    history = fit(resumed, 4, on_loss(tmp_path / "parts"))
    assert history.epoch == [2, 3]
    assert same(everything(straight), everything(resumed))


def test_a_snapshot_opens_in_keras_as_the_model_was(tmp_path):
    model, snapshots = network(), on_loss(tmp_path)
    fit(model, 2, snapshots)
    opened = keras.saving.load_model(snapshots.last)
    assert same(everything(model)[:-1], everything(opened)[:-1])  # all but the seed generator, which Keras does not store
    np.testing.assert_array_equal(model.predict(X, verbose=0), opened.predict(X, verbose=0))


def test_training_is_bit_for_bit_what_it_is_without(tmp_path):
    plain = network()
    fit(plain, 2)
    watched = network()
    fit(watched, 2, on_loss(tmp_path, save_freq=2))
    assert same(everything(plain), everything(watched))


def test_a_snapshot_within_an_epoch_holds_that_very_step(tmp_path):
    model = small()
    snapshots = on_loss(tmp_path, save_freq=4, keep_last=None)
    fit(model, 1, snapshots)
    slow = small()
    for start in range(0, 16, 4):
        slow.train_on_batch(X[start : start + 4], Y[start : start + 4])
    assert same(everything(slow), everything(keras.saving.load_model(snapshots.snapshots[0].path)))


def test_an_epoch_that_broke_off_begins_again(tmp_path, capsys):

    snapshots = on_loss(tmp_path, save_freq=3)
    with pytest.raises(KeyboardInterrupt):
        fit(small(), 3, snapshots, StopsAtStep(10))
    assert snapshots.snapshots[-1].step == 9
    model = small()
    history = fit(model, 3, on_loss(tmp_path, save_freq=3), verbose=2)  # another object: the first has let go of the folder
    assert history.epoch == [1, 2]
    assert int(model.optimizer.iterations) == 9 + 12
    out = capsys.readouterr().out
    assert out.count("Resuming from") == 1
    assert "1 epochs and 9 steps are done. Epoch 2 begins again." in out


class StopsAtStep(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.left = step

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_an_unbuilt_model_can_begin_but_not_resume(tmp_path):
    def unbuilt():
        model = keras.Sequential([layers.Dense(1)])
        model.compile("sgd", "mean_squared_error")
        return model

    fit(unbuilt(), 1, on_loss(tmp_path))
    if keras.backend.backend() == "tensorflow":  # the others build it before callbacks are called
        with pytest.raises(ValueError, match="Expected a built one"):
            fit(unbuilt(), 2, on_loss(tmp_path))
    else:
        assert fit(unbuilt(), 2, on_loss(tmp_path)).epoch == [1]


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="elsewhere the order of shuffling has no state that can be had")
def test_on_pytorch_the_order_of_shuffling_goes_on_too(tmp_path):
    straight = network()
    fit(straight, 4, on_loss(tmp_path / "straight"), shuffle=True)
    fit(network(), 2, on_loss(tmp_path / "parts"), shuffle=True)
    resumed = network(seed=1)
    fit(resumed, 4, on_loss(tmp_path / "parts"), shuffle=True)
    assert same(everything(straight), everything(resumed))
