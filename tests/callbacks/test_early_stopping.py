"""Early stopping in real fits: Keras's own tests, exceptions, averages of weights, steps; on every backend."""

import copy
import unittest

import keras
import numpy as np
import pytest

from keras_tips.callbacks import EarlyStopping
from keras_tips.testing.run_layer_test import without_warnings_of_keras_checks

pytestmark = pytest.mark.backend

X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
X_NEW = np.random.default_rng(1).normal(size=(16, 3)).astype("float32")
Y_NEW = X_NEW.sum(axis=1, keepdims=True)


def compiled(optimizer=None, **arguments):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
    model.compile(optimizer or keras.optimizers.SGD(0.05), "mse", metrics=["mae"], **arguments)
    return model


def fit(model, *callbacks, **arguments):
    arguments = {"epochs": 6, "batch_size": 8, "verbose": 0, "shuffle": False, "validation_data": (X_NEW, Y_NEW), **arguments}
    return model.fit(X, Y, callbacks=list(callbacks), **arguments)


class At(keras.callbacks.Callback):
    """Does something at one moment of one epoch."""

    def __init__(self, hook, epoch, act):
        super().__init__()
        self.epoch = None

        def at(index, logs=None):
            if self.epoch == epoch:
                act(self.model)

        setattr(self, hook, at)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


class WeightsOfEpochs(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(self.model.get_weights())


def assert_equal(weights, others):
    assert len(weights) == len(others)
    for weight, other in zip(weights, others, strict=True):
        np.testing.assert_array_equal(weight, other)


def raising(error):
    def act(model):
        raise error

    return act


def worse(model):
    model.set_weights([10 * weight for weight in model.get_weights()])


def test_passes_the_tests_that_keras_wrote_for_its_own(monkeypatch, pytestconfig):
    pytestconfig.addinivalue_line("markers", "requires_trainable_backend: of Keras, for its NumPy backend")
    from keras.src import callbacks
    from keras.src.callbacks import early_stopping_test

    monkeypatch.setattr(callbacks, "EarlyStopping", EarlyStopping)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(early_stopping_test.EarlyStoppingTest)
    with without_warnings_of_keras_checks():
        result = suite.run(unittest.TestResult())
    assert result.testsRun >= 7
    assert [text for _, text in result.failures + result.errors] == []


def test_a_fit_ends_as_with_keras():
    ended = []
    for kind in (keras.callbacks.EarlyStopping, EarlyStopping):
        model, stopper = compiled(), kind(patience=2, min_delta=0.3, restore_best_weights=True)
        history = fit(model, stopper, epochs=20)
        ended.append((len(history.epoch), stopper.best, stopper.best_epoch, stopper.stopped_epoch, model.get_weights()))
    assert ended[0][:4] == ended[1][:4]
    assert ended[0][3] > 0
    assert_equal(ended[0][4], ended[1][4])


class StoppedError(RuntimeError):
    pass


@pytest.mark.parametrize(
    "hook, error",
    [
        ("on_train_batch_begin", KeyboardInterrupt),
        ("on_train_batch_end", KeyboardInterrupt),
        ("on_test_batch_begin", KeyboardInterrupt),
        ("on_test_batch_end", StoppedError),
        ("on_epoch_end", StoppedError),
    ],
)
def test_best_weights_come_back_when_a_callback_raises(hook, error):
    model, kept, stopper = compiled(run_eagerly=True), WeightsOfEpochs(), EarlyStopping(patience=9, restore_best_weights=True)
    spoil = At("on_train_batch_begin", 2, worse)  # epochs 0 and 1 improve, epoch 2 does not
    with pytest.raises(error):
        fit(model, kept, stopper, spoil, At(hook, 3, raising(error)))
    assert stopper.best_epoch == 1
    assert stopper.reason is None
    assert_equal(model.get_weights(), kept.seen[1])


class Begin(keras.callbacks.Callback):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 3:
            raise self.error


class Batches(keras.utils.PyDataset):
    """Four batches, which can be had three times."""

    def __init__(self):
        super().__init__()
        self.passes = 0

    def __len__(self):
        return 4

    def __getitem__(self, index):
        self.passes += index == 3
        if self.passes > 3:
            raise StoppedError("no data")
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


@pytest.mark.parametrize("where", ["training", "validation"])
def test_best_weights_come_back_when_the_data_raise(where):
    model, kept, stopper = compiled(), WeightsOfEpochs(), EarlyStopping("loss", patience=9, restore_best_weights=True)
    callbacks = [kept, stopper, At("on_train_batch_begin", 2, worse)]
    data = {"x": Batches()} if where == "training" else {"x": X, "y": Y, "batch_size": 8, "validation_data": Batches()}
    with pytest.raises(Exception, match="no data"):  # TensorFlow hands it on as one of its own
        model.fit(**data, epochs=6, verbose=0, shuffle=False, callbacks=callbacks)
    assert_equal(model.get_weights(), kept.seen[1])


def test_training_goes_on_after_an_interruption_and_leaves_no_trace():
    model, stopper = compiled(), EarlyStopping(patience=9, restore_best_weights=True)
    with pytest.raises(KeyboardInterrupt):
        fit(model, stopper, At("on_train_batch_end", 3, raising(KeyboardInterrupt)))
    assert len(fit(model, stopper).epoch) == 6
    plain = compiled()
    fit(plain)
    assert set(vars(model)) == set(vars(plain))


@pytest.mark.parametrize("restore_on_exception", [True, False])
def test_restoring_on_exceptions_can_be_declined(restore_on_exception):
    model, kept = compiled(run_eagerly=True), WeightsOfEpochs()
    stopper = EarlyStopping(patience=9, restore_best_weights=True, restore_on_exception=restore_on_exception)
    with pytest.raises(StoppedError):
        fit(model, kept, stopper, At("on_train_batch_begin", 2, worse), Begin(StoppedError))
    assert_equal(model.get_weights(), kept.seen[1 if restore_on_exception else 2])


AVERAGING = {"use_ema": True, "ema_momentum": 0.9}


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize("swap_first", [False, True])
@pytest.mark.parametrize("ending", ["patience", "exception"])
def test_the_weights_that_were_validated_come_back(swap_on_epoch, swap_first, ending):
    """With averages swapped in for validation, in either order: the restored model has the best validation loss again."""
    model = compiled(keras.optimizers.SGD(0.05, **AVERAGING), run_eagerly=swap_on_epoch)
    stopper = EarlyStopping(patience=1 if ending == "patience" else 9, restore_best_weights=True)
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch)
    callbacks = [swap, stopper] if swap_first else [stopper, swap]
    if ending == "exception":
        with pytest.raises(StoppedError):
            fit(model, *callbacks, At("on_train_batch_begin", 2, worse), Begin(StoppedError))
        assert stopper.best_epoch == 1
    else:
        fit(model, *callbacks, At("on_train_batch_begin", 3, worse), epochs=9)
        assert 0 < stopper.best_epoch < stopper.stopped_epoch
    loss = model.evaluate(X_NEW, Y_NEW, verbose=0)[0]
    assert loss == pytest.approx(stopper.best, rel=1e-5)


def test_without_swapping_the_weights_themselves_were_validated():
    model, stopper = compiled(keras.optimizers.SGD(0.05, **AVERAGING)), EarlyStopping(patience=9, restore_best_weights=True)
    fit(model, stopper)
    assert model.evaluate(X_NEW, Y_NEW, verbose=0)[0] == pytest.approx(stopper.best, rel=1e-5)


def test_checks_after_some_steps():
    """The numbers and the weights of just that moment, against those that a plain fit goes through."""
    losses, weights = [], []

    class Plain(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            losses.append(logs["loss"])
            weights.append(self.model.get_weights())

    fit(compiled(), Plain(), epochs=1, batch_size=1)  # 32 steps
    stopper = EarlyStopping("loss", patience=2, min_delta=0.2, restore_best_weights=True, check_freq=5)
    model = compiled()
    fit(model, stopper, epochs=1, batch_size=1)
    looked, best, wait = [*range(5, 32, 5), 32], None, 0
    for step in looked:  # by hand
        wait += 1
        if best is None or losses[step - 1] < losses[best - 1] - 0.2:
            best, wait = step, 0
        elif wait >= 2:
            break
    assert (stopper.best_step or 32) == best
    assert stopper.best == pytest.approx(losses[best - 1], rel=1e-6)
    assert_equal(model.get_weights(), weights[best - 1])
    assert stopper.reason == f"loss did not improve for 2 checks (best: {stopper.best:.6g} at epoch 1, step {best})."


@pytest.mark.parametrize("steps_per_execution", [1] if keras.backend.backend() == "torch" else [1, 4])
def test_a_training_that_diverges_ends_within_its_epoch(steps_per_execution):
    model = compiled(keras.optimizers.SGD(50.0), steps_per_execution=steps_per_execution)
    stopper = EarlyStopping("loss", patience=99, divergence_threshold=1e3, check_freq=2, check_finite=True)
    history = fit(model, stopper, epochs=3, batch_size=1)
    assert len(history.epoch) == 1
    assert "step " in stopper.reason
    assert int(model.optimizer.iterations) < 32


def test_checking_after_some_steps_does_not_disturb_training():
    plain, watched = compiled(), compiled()
    fit(plain)
    stopper = EarlyStopping("loss", patience=99, check_freq=1, restore_best_weights=True)
    fit(watched, stopper, At("on_epoch_end", 5, lambda model: setattr(stopper, "restore_best_weights", False)))
    assert_equal(plain.get_weights(), watched.get_weights())


def test_a_copy_serves_another_fit():
    stopper = EarlyStopping("loss", patience=1, min_delta=1e6, restore_best_weights=True)
    again = copy.deepcopy(stopper)
    assert len(fit(compiled(), again).epoch) == 2
    assert stopper.best is None
    assert len(fit(compiled(), stopper).epoch) == 2


def test_values_beside_the_metrics():
    """Of a `train_step` of one's own, and several outputs."""
    inputs = keras.Input((3,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in ("left", "right")}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"left": "mse", "right": "mae"})
    stopper = EarlyStopping("val_left_loss", patience=3, restore_best_weights=True)
    targets, targets_new = {"left": Y, "right": Y}, {"left": Y_NEW, "right": Y_NEW}
    model.fit(X, targets, validation_data=(X_NEW, targets_new), epochs=2, verbose=0, callbacks=[stopper])
    assert stopper.monitor_op is keras.ops.less
    assert stopper.best_epoch == 1
