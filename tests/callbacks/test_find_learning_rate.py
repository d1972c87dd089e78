"""The range test: it measures what a slow loop measures, takes all that fit takes, and leaves no trace."""

import keras
import numpy as np
import pytest

from keras_tips.callbacks import find_learning_rate

pytestmark = pytest.mark.backend

STEPS = 50


def data(rows=96):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    return x, (x @ [[1.0], [2.0], [-1.0], [0.5]] + 0.1 * rng.normal(size=(rows, 1))).astype("float32")


def a_model(optimizer="sgd", rate=0.0, **compiled):
    keras.utils.set_random_seed(3)
    layers = [
        keras.layers.Dense(8, "tanh"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(rate),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(
        optimizer, "mse", jit_compile=keras.backend.backend() == "jax", **compiled
    )  # compiling takes most of the time
    return model


def state(model):
    """Everything that training changes, as NumPy arrays."""
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(keras.ops.convert_to_numpy(variable.value)) for variable in variables]


def assert_same(before, after):
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_losses_are_those_of_a_slow_loop():
    x, y = data()
    test = find_learning_rate(a_model(), x, y, minimum=1e-4, maximum=0.1, steps=STEPS, batch_size=32, shuffle=False)
    model, losses = a_model(), []
    for step in range(STEPS + 1):
        rate = 1e-4 * 1e3 ** (min(step, STEPS - 1) / (STEPS - 1))
        model.optimizer.learning_rate = rate
        model.reset_metrics()
        rows = slice(step % 3 * 32, step % 3 * 32 + 32)
        losses.append(float(model.train_on_batch(x[rows], y[rows])))
    np.testing.assert_allclose(test.learning_rates, 1e-4 * 1e3 ** (np.arange(STEPS) / (STEPS - 1)), rtol=1e-6)
    np.testing.assert_allclose(test.losses, losses[1:], rtol=2e-4)  # the loss that follows a step belongs to its rate


def test_it_recommends_a_rate_that_trains_and_leaves_out_those_that_do_not():
    x, y = data()
    test = find_learning_rate(a_model(), x, y, batch_size=16, steps=150)
    assert 3e-3 < test.recommended < 1.0
    assert test.diverged_at > test.recommended
    assert f"half of {2 * test.recommended:.2g}" in test.reason
    assert len(test.losses) == len(test.learning_rates) < 150  # it stopped when the loss had diverged


@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
def test_training_goes_on_as_if_there_had_been_no_test(trained):
    x, y = data()
    weights = []
    for tested in (False, True):
        model = a_model(keras.optimizers.Adam(0.01, weight_decay=0.01), rate=0.5, metrics=["mae"])
        if trained:
            model.fit(x, y, batch_size=32, epochs=2, verbose=0)
        if tested:
            before, history = (state(model) if trained else model.get_weights()), getattr(model, "history", None)
            optimizer, function = model.optimizer, model.train_function
            find_learning_rate(model, x, y, steps=STEPS, batch_size=32)
            assert_same(before, state(model) if trained else model.get_weights())
            assert model.optimizer is optimizer
            assert model.train_function is function
            assert getattr(model, "history", None) is history
            assert optimizer.built == trained
        model.fit(x, y, batch_size=32, epochs=2, verbose=0)
        weights.append(state(model))
    assert_same(*weights)


def test_weights_that_the_optimizer_averages_are_not_lost():
    model = a_model(keras.optimizers.SGD(0.01, use_ema=True))
    model.fit(*data(), verbose=0)  # leaves the averages in the model: on JAX, the same arrays
    before = state(model)
    find_learning_rate(model, *data(), steps=STEPS)
    assert_same(before, state(model))


class Breaking(keras.utils.PyDataset):
    """Batches, until it raises."""

    def __init__(self, error, at=20):
        super().__init__()
        self.error, self.left, (self.x, self.y) = error, at, data(32)

    def __len__(self):
        return 3

    def __getitem__(self, index):
        self.left -= 1
        if self.left < 0:
            raise self.error
        return self.x, self.y


@pytest.mark.parametrize(
    "error", [RuntimeError("the disk is gone"), KeyboardInterrupt()], ids=lambda error: type(error).__name__
)
def test_nothing_is_left_behind_when_it_is_interrupted(error):
    model = a_model("adam", rate=0.5)
    model.fit(*data(), epochs=1, verbose=0)
    before, optimizer, own = state(model), model.optimizer, set(vars(model))
    # TensorFlow wraps what its data pipeline raises
    with pytest.raises(BaseException, match=r"the disk is gone|^$|KeyboardInterrupt"):
        find_learning_rate(model, Breaking(error), steps=STEPS)
    assert_same(before, state(model))
    assert model.optimizer is optimizer
    assert set(vars(model)) == own
    model.fit(*data(), epochs=1, verbose=0)


def test_ctrl_c_between_two_steps_leaves_nothing_behind(monkeypatch):
    from keras_tips.callbacks.range_test import RangeTest

    def interrupted(self, batch, logs=None):
        if batch == 2:
            raise KeyboardInterrupt

    model = a_model("adam", rate=0.5)
    model.fit(*data(), epochs=1, verbose=0)
    before = state(model)
    monkeypatch.setattr(RangeTest, "on_train_batch_end", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_learning_rate(model, *data(), steps=STEPS)
    assert_same(before, state(model))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.norm, self.out = (
            keras.layers.Dense(8, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        )

    def call(self, x, training=None):
        return self.out(self.norm(self.hidden(x), training=training))


def test_a_model_that_is_not_built_begins_with_its_first_weights():
    weights = []
    for tested in (False, True):
        keras.utils.set_random_seed(5)
        model = Subclassed()
        model.compile("sgd", "mse")
        if tested:
            find_learning_rate(model, *data(), steps=STEPS)
        else:
            model(data()[0])
        weights.append(model.get_weights())
    assert_same(*weights)


def generator(batches):
    x, y = data(32)
    for _ in range(batches):
        yield x, y


def as_tf_data():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices(data()).batch(32)


def as_tf_data_of_unknown_length():
    return as_tf_data().filter(lambda x, y: True)


def as_loader():
    torch = pytest.importorskip("torch")
    rows = torch.utils.data.TensorDataset(*(torch.tensor(part) for part in data()))
    return torch.utils.data.DataLoader(rows, batch_size=32)


@pytest.mark.parametrize(
    "make",
    [lambda: generator(200), as_tf_data, as_tf_data_of_unknown_length, as_loader, lambda: Breaking(None, 10**6)],
    ids=["generator", "tf.data", "tf.data of unknown length", "DataLoader", "PyDataset"],
)
def test_it_takes_what_fit_takes_and_repeats_short_data(make):
    test = find_learning_rate(a_model(), make(), maximum=0.01, steps=60)
    assert len(test.losses) == 60
    assert np.isfinite(test.losses).all()


def test_a_generator_that_ends_too_early_is_refused():
    with pytest.raises(ValueError, match=r"Invalid `x`. Expected at least 51 batches. Received: x=7"):
        find_learning_rate(a_model(), generator(7), steps=STEPS)


def test_a_loss_that_is_not_finite_ends_the_test():
    x, y = data()
    test = find_learning_rate(a_model(), x * np.nan, y, steps=STEPS)
    assert test.recommended is None
    assert len(test.losses) == 0
    assert "not finite" in test.reason


def test_nothing_is_recommended_where_rates_were_too_low():
    test = find_learning_rate(a_model(), *data(), steps=STEPS, minimum=1e-9, maximum=1e-7)
    assert test.recommended is None
    assert "did not clearly fall" in test.reason
    assert "Raise `maximum`" in test.reason


@pytest.mark.parametrize(
    "name, value",
    [("minimum", 0.0), ("minimum", float("nan")), ("maximum", 1e-7), ("maximum", True), ("steps", 10), ("steps", 60.0)],
)
def test_bad_arguments_are_named(name, value):
    with pytest.raises(ValueError, match=f"Invalid `{name}`"):
        find_learning_rate(a_model(), *data(), **{name: value})


def test_a_model_is_needed():
    with pytest.raises(ValueError, match="Invalid `model`"):
        find_learning_rate("model", *data())
