import copy
import gc
import weakref

import keras
import numpy as np
import pytest

from keras_tips.callbacks.when_fit_raises import when_fit_raises

pytestmark = pytest.mark.backend

X, Y = np.ones((12, 3), "float32"), np.zeros((12, 1), "float32")


class Told(keras.callbacks.Callback):
    """Writes down what it is told, and what the kernel was then."""

    def __init__(self):
        super().__init__()
        self.errors, self.steps, self.found = [], [], []

    def on_train_begin(self, logs=None):
        self.found.append(when_fit_raises(self, self._act))

    def _act(self, error):
        self.errors.append(error)
        self.steps.append(int(keras.ops.convert_to_numpy(self.model.optimizer.iterations)))


class Raises(keras.callbacks.Callback):
    """Raises in one of its hooks, at its n-th call."""

    def __init__(self, hook, error, call=1):
        super().__init__()
        self.calls = 0

        def raising(*arguments, **keywords):
            self.calls += 1
            if self.calls == call:
                raise error

        setattr(self, hook, raising)


class RaisingLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        raise OSError("no loss")


def batches(count, error=None):
    for _ in range(count):
        yield X[:4], Y[:4]
    if error is not None:
        raise error


def new_model(**compiled):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", **{"loss": "mse", **compiled})
    return model


HOOKS = {  # hook -> steps that the optimizer had taken by then, three a batch and two epochs
    "on_epoch_begin": 0,
    "on_train_batch_begin": 0,
    "on_train_batch_end": 1,
    "on_test_begin": 3,
    "on_test_batch_end": 3,
    "on_epoch_end": 3,
    "on_train_end": 6,
}


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()], ids=["error", "interrupt"])
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("first", [True, False])
def test_hears_of_every_hook(hook, error, first):
    model, told = new_model(), Told()
    callbacks = [told, Raises(hook, error)] if first else [Raises(hook, error), told]
    model.train_on_batch(X, Y)
    model.optimizer.iterations.assign(0)
    with pytest.raises(type(error)):
        model.fit(X, Y, batch_size=4, epochs=2, validation_data=(X, Y), verbose=0, callbacks=callbacks)
    assert told.errors == [error]
    assert told.steps == [HOOKS[hook]]
    assert "evaluate" not in vars(model)
    assert vars(model)["train_function"].__name__ != "execute"


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_hears_of_data_that_raise(error):
    model, told = new_model(), Told()
    with pytest.raises((Exception, KeyboardInterrupt)) as raised:  # TensorFlow wraps what a generator raises
        model.fit(batches(2, error), shuffle=False, verbose=0, callbacks=[told])
    assert told.errors == [raised.value]


def test_hears_of_validation_data_that_raise():
    model, told = new_model(), Told()
    with pytest.raises((Exception, KeyboardInterrupt)) as raised:
        model.fit(X, Y, validation_data=batches(3, ValueError("mine")), verbose=0, callbacks=[told])
    assert told.errors == [raised.value]
    assert "evaluate" not in vars(model)


def test_hears_of_a_step_that_raises():
    model, told = new_model(loss=RaisingLoss()), Told()
    with pytest.raises(OSError, match="no loss"):
        model.fit(X, Y, verbose=0, callbacks=[told])
    assert len(told.errors) == len(told.found)  # JAX and TensorFlow may compute the loss before training begins


def test_says_nothing_where_nothing_is_raised():
    model, told = new_model(), Told()
    before = {name: vars(model).get(name) for name in ("evaluate", "train_step", "fit")}
    for _ in range(3):
        model.fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[told])
    assert (told.found, told.errors) == ([True] * 3, [])
    assert {name: vars(model).get(name) for name in before} == before
    model.evaluate(X, Y, verbose=0)


def test_stopping_is_no_exception():
    class Stops(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    told = Told()
    new_model().fit(X, Y, batch_size=4, validation_data=(X, Y), verbose=0, callbacks=[told, Stops()])
    assert told.errors == []


def test_all_callbacks_are_told_once_and_again_in_the_next_fit():
    model, one, two = new_model(), Told(), Told()
    for _ in range(2):
        with pytest.raises(ValueError, match="mine"):
            model.fit(X, Y, verbose=0, callbacks=[one, two, Raises("on_epoch_end", ValueError("mine"))])
    assert (len(one.errors), len(two.errors)) == (2, 2)
    model.fit(X, Y, verbose=0, callbacks=[one])
    assert len(one.errors) == 2


def test_weights_may_be_put_back():
    class Back(Told):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 0:
                self.kept = self.model.get_weights()

        def _act(self, error):
            self.model.set_weights(self.kept)

    model, back = new_model(), Back()
    with pytest.raises(KeyboardInterrupt):
        model.fit(
            X, Y, batch_size=4, epochs=3, verbose=0, callbacks=[back, Raises("on_train_batch_end", KeyboardInterrupt(), 5)]
        )
    for kept, now in zip(back.kept, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)


def test_a_loop_of_ones_own_is_not_found():
    model, told = new_model(), Told()
    calls = keras.callbacks.CallbackList([told], model=model)
    calls.on_train_begin()
    assert told.found == [False]


def test_nothing_holds_the_model():
    model, told = new_model(), Told()
    model.fit(X, Y, verbose=0, callbacks=[told])
    copy.deepcopy(Told())
    model.evaluate(X, Y, verbose=0)
    seen = weakref.ref(told)
    del told
    gc.collect()
    assert seen() is None
