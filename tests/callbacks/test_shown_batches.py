"""The doctor sees the batches of validation, and validation does not notice."""

import gc
import itertools
import weakref

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips import Doctor
from keras_tips.callbacks import shown_batches

pytestmark = pytest.mark.backend

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = np.arange(40) // 20


def network(**options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    return model


def fitted(callbacks, validation_data, model=None, **options):
    model = model or network()
    fit = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0, **options}
    return model.fit(X[:30], Y[:30], validation_data=validation_data, callbacks=callbacks, **fit).history


def test_rows_of_validation_are_described():
    doctor = Doctor()
    fitted([doctor], (X[20:], Y[20:]))
    targets, inputs = doctor.run.fact("validation_targets")[0], doctor.run.fact("validation_inputs")[0]
    assert (targets["class_counts"], targets["repeats"], inputs["rows"]) == ({"1": 20}, 1.0, 20)
    np.testing.assert_allclose(inputs["feature_mean"], X[20:].mean(0), rtol=1e-5)
    assert doctor.run.fact("split") == {"training_rows": 30, "validation_rows": 20, "shared_rows": 10, "distinct_rows": 30}


@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"steps_per_execution": 2}], ids=str)
def test_validation_gives_what_it_gives_without(options):
    if "steps_per_execution" in options and keras.backend.backend() == "torch":
        pytest.skip("Keras refuses steps_per_execution above 1 on PyTorch")
    plain = fitted([], (X[20:], Y[20:]), network(**options))
    watched = fitted([Doctor()], (X[20:], Y[20:]), network(**options))
    assert watched == plain


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="iterators of TensorFlow have threads")
def test_no_iterator_is_left_over_which_the_process_could_hang_at_its_end():
    def alive():
        gc.collect()
        return sum(type(thing).__name__ == "OwnedIterator" for thing in gc.get_objects())

    doctor, before = Doctor(), alive()
    fitted([doctor], (X[20:], Y[20:]))
    assert alive() <= before


def test_a_model_that_nobody_holds_is_freed():
    model, doctor = network(), Doctor()
    fitted([doctor], (X[20:], Y[20:]), model)
    assert doctor.diagnosis is not None
    left = [weakref.ref(each) for each in (model, doctor, *model.layers)]
    del model, doctor
    keras.backend.clear_session()
    gc.collect()
    assert [each() for each in left] == [None] * len(left)


def endless(given):
    for number in itertools.count():
        given.append(number)
        yield X[number % 5 * 8 :][:8], Y[number % 5 * 8 :][:8]


def test_no_batch_is_taken_more_than_without():
    plain, watched, doctor = [], [], Doctor()
    history = fitted([], endless(plain), validation_steps=3)
    same = fitted([doctor], endless(watched), validation_steps=3)
    assert (same["loss"], same["val_loss"][0]) == (history["loss"], history["val_loss"][0])
    assert min(len(watched), len(plain)) >= 4  # how often the first batch is given depends on the backend
    # TensorFlow fetches ahead in a thread of its own: when a validation ends, it may have one more in hand, or not. So which
    # batches the second validation gets is a matter of luck, with a doctor and without.
    assert abs(len(watched) - len(plain)) <= 2
    assert all(one == other for one, other in zip(watched, plain, strict=False))
    assert doctor.run.fact("validation_inputs")[0]["rows"] == 24  # of the first validation only


def test_nothing_is_compiled_for_it():
    model, made = network(), []
    plain = model.make_test_function
    model.make_test_function = lambda force=False: (made.append(force), plain(force=force))
    traced = []
    step = model.test_step
    model.test_step = lambda *arguments: (traced.append(1), step(*arguments))[1]
    fitted([Doctor()], (X[20:36], Y[20:36]), model)
    if keras.backend.backend() != "torch":
        assert len(traced) == 1
    assert True not in made


class Raises(keras.callbacks.Callback):
    def on_test_batch_begin(self, batch, logs=None):
        raise RuntimeError("planned")


def test_nothing_is_left_after_an_exception():
    model = network()
    fitted([], (X[20:], Y[20:]), model)
    function = model.test_function
    with pytest.raises(RuntimeError, match="planned"):
        fitted([Doctor(), Raises()], (X[20:], Y[20:]), model)
    assert model.test_function is function


def test_probe_data_forbid_to_look():
    doctor = Doctor(probe_data=(X, Y))
    fitted([doctor], (X[20:], Y[20:]))
    assert doctor.run.fact("validation_inputs") is None


def test_an_evaluation_of_ones_own_is_no_validation():
    model, doctor = network(), Doctor()
    model.fit(X, Y, verbose=0, callbacks=[doctor])
    model.evaluate(X, Y, verbose=0, callbacks=[doctor])
    assert doctor.run.fact("validation_inputs") is None


def test_one_call_at_a_time():
    model, seen = network(), []
    model.evaluate(X, Y, verbose=0)
    function = model.test_function
    shown = shown_batches.ShownBatches(model, seen.append)
    shown.show_next()
    assert model.test_function != function
    shown.end()
    assert model.test_function is function
    shown = shown_batches.ShownBatches(model, seen.append)
    shown.show_next()
    model.evaluate(X, Y, batch_size=16, verbose=0)  # its first execution is shown
    assert model.test_function is function
    assert len(seen) == 1
