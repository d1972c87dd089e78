"""DropoutScalingCheck: what it finds during `fit`, and that training does not notice."""

import copy

import keras
import numpy as np
import pytest

from keras_tips.callbacks import DropoutScalingCheck
from keras_tips.layers import ClassicDropout

layers = keras.layers
X = np.random.default_rng(0).normal(0.3, 1, (40, 6)).astype("float32")
Y = X[:, :1] - X[:, 1:2]
NAMES = ("drop", "inner/classic", "last_drop")


def built(seed=1, **compiling):
    keras.utils.set_random_seed(seed)
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(5), ClassicDropout(0.4, name="classic")], name="inner")
    parts = [layers.Dropout(0.2, name="drop"), inner, layers.BatchNormalization(), layers.ReLU()]
    model = keras.Sequential([keras.Input((6,)), *parts, layers.Dropout(0.3, seed=4, name="last_drop"), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"], **compiling)
    return model


def fitted(callbacks, epochs=2, **compiling):
    """History, and all there is of the model and its optimizer, seeds and statistics included."""
    model = built(**compiling)
    history = model.fit(X, Y, epochs=epochs, batch_size=16, verbose=0, validation_split=0.2, callbacks=callbacks)
    state = [np.array(keras.ops.convert_to_numpy(variable)) for variable in (*model.variables, *model.optimizer.variables)]
    return history.history, state


@pytest.mark.backend
def test_training_is_bit_for_bit_what_it_is_without():
    check = DropoutScalingCheck(draws=16)
    assert_trains_alike(check, epochs=2)
    assert check.run.places("dropout_mean_ratio") == NAMES
    for name in NAMES:
        steps, ratios = check.run.series("dropout_mean_ratio", name)
        assert steps.tolist() == [1, 3]  # 32 rows in batches of 16 are two steps per epoch
        assert ratios == pytest.approx(1, abs=1e-5)
    assert check.run.places("dropout_variance_ratio") == (check.result.normalizations[0].place,)
    assert check.run.places("dropout_output_gap")
    assert check.run.status == "completed"
    assert check.run.fact("dropout") == check.result.to_dict()


@pytest.mark.parametrize("compiling", [{"run_eagerly": True}, {"steps_per_execution": 2}, {"jit_compile": True}])
def test_training_is_the_same_however_it_is_compiled(compiling):
    assert_trains_alike(DropoutScalingCheck(every_n_epochs=1, draws=16), epochs=2, **compiling)


def assert_trains_alike(check, **how):
    plain_history, plain_state = fitted([], **how)
    history, state = fitted([check], **how)
    assert check.result is not None
    assert history == plain_history
    assert len(state) == len(plain_state)
    assert all(np.array_equal(one, other) for one, other in zip(state, plain_state, strict=True))


def test_it_looks_after_the_first_epoch_and_at_the_end():
    check = DropoutScalingCheck(draws=16)
    fitted([check], epochs=3)
    assert check.run.series("dropout_mean_ratio", "drop")[0].tolist() == [1, 5]


def test_steps_go_on_through_a_second_fit():
    check = DropoutScalingCheck(probe_data=(X, Y), draws=16)
    model = built()
    model.fit(X, Y, batch_size=16, verbose=0, callbacks=[check])
    model.fit(X, Y, batch_size=16, verbose=0, callbacks=[check])
    assert check.run.series("dropout_mean_ratio", "drop")[0].tolist() == [2, 5]


def test_every_n_epochs():
    check = DropoutScalingCheck(probe_data=X, every_n_epochs=2, draws=16)
    fitted([check], epochs=3)
    assert check.run.series("dropout_mean_ratio", "drop")[0].tolist() == [1, 3, 5]


class Forgetful(keras.Sequential):
    """Its own training step calls it as at inference."""

    def compute_loss_and_updates(self, *arguments, **keywords):  # what JAX's training step differentiates
        return super().compute_loss_and_updates(*arguments, **{**keywords, "training": False})

    def _loss(self, data):
        x, y = data
        return self.compute_loss(x=x, y=y, y_pred=self(x, training=False))

    def train_step(self, *arguments):
        if keras.backend.backend() == "jax":
            return super().train_step(*arguments)
        weights = self.trainable_weights
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            with tf.GradientTape() as tape:
                loss = self._loss(arguments[0])
            self.optimizer.apply(tape.gradient(loss, weights), weights)
        else:
            import torch

            self.zero_grad()
            loss = self._loss(arguments[0])
            loss.backward()
            with torch.no_grad():
                self.optimizer.apply([weight.value.grad for weight in weights], weights)
        return {"loss": loss}


@pytest.mark.backend
def test_what_a_real_training_step_passes_on_counts():
    model = Forgetful([keras.Input((6,)), layers.Dropout(0.5, name="drop"), layers.Dense(1)])
    model.compile("sgd", "mse")
    check = DropoutScalingCheck(draws=16)
    assert check.check(model, X).ok  # by itself the model passes the flag on
    model.fit(X, Y, verbose=0, callbacks=[check])
    (entry,) = check.result.layers
    assert entry.verdict == "never_active"
    assert "pass `training` on" in entry.message


class Failing(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt("enough")


@pytest.mark.backend
def test_after_an_exception_the_run_is_there_and_nothing_is_left():
    model, check = built(), DropoutScalingCheck(draws=16)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=3, verbose=0, callbacks=[check, Failing()])
    assert check.run.status == "raised"
    assert check.run.reason == "KeyboardInterrupt: enough"
    assert check.result.layers
    assert not any("call" in vars(layer) for layer in model._flatten_layers())


def test_a_copy_made_before_fit_works():
    check = copy.deepcopy(DropoutScalingCheck(draws=16))
    fitted([check], epochs=1)
    assert check.result.layers


def test_a_model_without_dropout_costs_nothing_and_says_so():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    check = DropoutScalingCheck()
    model.fit(X, Y, verbose=0, callbacks=[check])
    assert check.result is None
    assert check.run.status == "completed"
    assert str(check.check(model, X)) == "No active dropout was found."


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"draws": 3}, "Invalid `draws`.*at least 16.*draws=3"),
        ({"draws": float("nan")}, "Invalid `draws`"),
        ({"every_n_epochs": 0}, "Invalid `every_n_epochs`.*every_n_epochs=0"),
        ({"every_n_epochs": True}, "Invalid `every_n_epochs`"),
        ({"probe_data": "x"}, "Invalid `probe_data`"),
        ({"probe_data": (X, Y, Y)}, "Invalid `probe_data`.*a tuple of 3"),
        ({"probe_data": X[:0]}, "Invalid `probe_data`"),
    ],
)
def test_bad_arguments(arguments, text):
    with pytest.raises(ValueError, match=text):
        DropoutScalingCheck(**arguments)
