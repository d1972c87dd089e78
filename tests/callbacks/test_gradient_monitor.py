"""The monitor against a hand-written loop, on whatever backend is active."""

import copy

import keras
import numpy as np
import pytest
from hand_loop import against_hand_loop, batches_of, check_against, hand_loop, rename
from keras import layers, ops

from keras_tips.callbacks import GradientMonitor

pytestmark = pytest.mark.backend

BACKEND = keras.backend.backend()
ROWS, FEATURES, CLASSES, BATCH = 22, 6, 3, 4  # 22 rows in batches of 4: the last one is ragged


def data(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(ROWS, FEATURES)).astype("float32"), rng.integers(0, CLASSES, ROWS)


def network(*extra, units=5, **dense):
    return keras.Sequential(
        [keras.Input((FEATURES,)), layers.Dense(units, "tanh", **dense), *extra, layers.Dense(CLASSES, "softmax", **dense)]
    )


def compiled(model, optimizer="sgd", **options):
    model.compile(optimizer, options.pop("loss", "sparse_categorical_crossentropy"), **options)
    return model


def embedding():
    return keras.Sequential(
        [keras.Input((4,), dtype="int32"), layers.Embedding(7, 3), layers.Flatten(), layers.Dense(CLASSES, "softmax")]
    )


def shared():
    inputs, layer = keras.Input((FEATURES,)), layers.Dense(FEATURES, "tanh", name="shared")
    return keras.Model(inputs, layers.Dense(CLASSES, "softmax")(layer(layer(inputs))))


def frozen():
    model = network()
    model.layers[0].trainable = False
    return model


SGD, Adam = keras.optimizers.SGD, keras.optimizers.Adam
CASES = {
    "sgd": lambda: compiled(network(), SGD(0.1)),
    "adam_clipnorm": lambda: compiled(network(), Adam(0.01, clipnorm=0.1)),
    "global_clipnorm": lambda: compiled(network(), SGD(0.1, global_clipnorm=0.5)),
    "clipvalue": lambda: compiled(network(), SGD(0.1, clipvalue=0.05)),
    "schedule": lambda: compiled(network(), SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.5))),
    "scheduled_and_scaled": lambda: compiled(
        network(),
        keras.optimizers.LossScaleOptimizer(SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.5), clipnorm=0.1)),
    ),
    "weight_decay": lambda: compiled(network(), keras.optimizers.AdamW(0.01, weight_decay=0.1)),
    "momentum_ema": lambda: compiled(network(), SGD(0.1, momentum=0.9, nesterov=True, use_ema=True)),
    "accumulation": lambda: compiled(network(), SGD(0.1, gradient_accumulation_steps=2)),
    "loss_scale_factor": lambda: compiled(network(), SGD(0.1, loss_scale_factor=64.0)),
    "dynamic_loss_scale": lambda: compiled(network(), keras.optimizers.LossScaleOptimizer(SGD(0.1), initial_scale=256.0)),
    "penalty": lambda: compiled(network(kernel_regularizer=keras.regularizers.L2(0.05)), Adam(0.01)),
    "constraint": lambda: compiled(network(kernel_constraint=keras.constraints.MaxNorm(0.5)), SGD(0.5)),
    "frozen": lambda: compiled(frozen(), SGD(0.1)),
    "shared": lambda: compiled(shared(), SGD(0.1)),
    "eager": lambda: compiled(network(), SGD(0.1), run_eagerly=True),
    "not_jitted": lambda: compiled(network(), SGD(0.1), jit_compile=False),
}


@pytest.mark.parametrize("case", CASES)
def test_equals_a_hand_written_loop(case):
    against_hand_loop(CASES[case], GradientMonitor(every=1), *data())


def test_sparse_gradients_are_summed_where_rows_repeat():
    tokens = np.array([[1, 1, 1, 2], [2, 2, 3, 1], [0, 0, 0, 0]], "int32")
    against_hand_loop(lambda: compiled(embedding(), SGD(0.1)), GradientMonitor(every=1), tokens, np.array([0, 1, 2]))


def test_weights_of_samples_reach_the_gradient():
    weights = np.linspace(0.1, 3.0, ROWS).astype("float32")
    make, monitor = CASES["sgd"], GradientMonitor(every=1)
    against_hand_loop(make, monitor, *data(), weights, sample_weight=weights)


@pytest.mark.skipif(BACKEND == "torch", reason="Keras refuses steps_per_execution above 1 on PyTorch")
def test_steps_inside_one_execution_are_counted():
    keras.utils.set_random_seed(4)
    (x, y), model = data(), compiled(network(), SGD(0.1), steps_per_execution=4)  # 6 steps: 4 and 2
    start, every, third = model.get_weights(), GradientMonitor(every=1), GradientMonitor(every=3)
    model.fit(x, y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0, callbacks=[every, third])
    twin = compiled(network(), SGD(0.1))
    twin.set_weights(start)
    check_against(every, [rename(row, twin, model) for row in hand_loop(twin, batches_of(x, y) * 2)])
    path = model.trainable_variables[0].path
    assert third.run.series("gradient_norm", path)[0].tolist() == [0, 3, 6, 9]
    for step in (0, 3, 6, 9):
        assert third.run.values("gradient_norm", path)[step // 3] == every.run.values("gradient_norm", path)[step]


def test_unknown_length_counts_the_steps_that_were_taken():
    (x, y), model = data(), compiled(network(), SGD(0.1))

    def generator():
        while True:
            yield from batches_of(x[:8], y[:8])

    monitor = GradientMonitor(every=1)
    model.fit(generator(), steps_per_epoch=2, epochs=3, shuffle=False, verbose=0, callbacks=[monitor])
    assert monitor.run.series("gradient_norm", model.trainable_variables[0].path)[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert monitor.run.series("loss", "train")[0].tolist() == [1, 3, 5]


class Finite(keras.utils.PyDataset):
    """Two batches; it hides its length, so that Keras learns it by running out."""

    def __init__(self, x, y):
        super().__init__()
        self.parts = batches_of(x, y)

    def __getitem__(self, index):
        return self.parts[index]

    @property
    def num_batches(self):
        return len(self.parts)

    def __len__(self):
        return len(self.parts)


def test_second_fit_goes_on_counting():
    (x, y), model, monitor = data(), compiled(network(), SGD(0.1)), GradientMonitor(every=4)
    model.fit(Finite(x, y), epochs=1, verbose=0, callbacks=[monitor])  # steps 0 to 5
    model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)  # not seen by the monitor
    model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0, callbacks=[monitor])  # steps 6 to 11
    assert monitor.run.series("gradient_norm", model.trainable_variables[0].path)[0].tolist() == [0, 4, 8]
    assert monitor.run.series("loss", "train")[0].tolist() == [5, 11]


def rich_network():
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [
            keras.Input((FEATURES,)),
            layers.Dense(16, "relu", kernel_regularizer="l2"),
            layers.Dropout(0.3),
            layers.BatchNormalization(),
            layers.Dense(8, "sigmoid"),
            layers.LayerNormalization(),
            layers.Dense(CLASSES, "softmax"),
        ]
    )
    return compiled(model, keras.optimizers.AdamW(0.01, clipnorm=1.0), metrics=["accuracy"])


@pytest.mark.parametrize("every", [1, 3, "auto"])
def test_training_is_bit_for_bit_the_same(every):
    (x, y), states = data(), []
    for callbacks in ([], [GradientMonitor(every=every)]):
        model = rich_network()
        history = model.fit(x, y, batch_size=BATCH, epochs=4, validation_data=(x, y), verbose=0, callbacks=callbacks)
        states.append([*model.get_weights(), *[ops.convert_to_numpy(v) for v in model.optimizer.variables], history.history])
    without, with_monitor = states
    assert without.pop() == with_monitor.pop()
    for one, other in zip(without, with_monitor, strict=True):
        np.testing.assert_array_equal(one, other)


OPTIMIZERS = (
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "RMSprop",
)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="there alone a measured step assigns in another way")
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_the_step_that_it_would_have_taken(name):
    words, states = np.array([[0, 1, 1, 3], [2, 3, 5, 5], [6, 0, 2, 2]] * 4), []
    for callbacks in ([], [GradientMonitor(every=2)]):
        keras.utils.set_random_seed(5)
        model = compiled(embedding(), getattr(keras.optimizers, name)(0.01, weight_decay=0.1))
        model.fit(words, np.arange(12) % CLASSES, batch_size=3, epochs=2, verbose=0, callbacks=callbacks)
        states.append([*model.get_weights(), *[ops.convert_to_numpy(v) for v in model.optimizer.variables]])
    for one, other in zip(*states, strict=True):
        np.testing.assert_array_equal(one, other)


def attributes(thing):
    return {name for name in vars(thing) if name in ("apply", "stateless_apply", "train_step", "save_own_variables")}


def test_nothing_is_left_on_model_and_optimizer():
    (x, y), model = data(), compiled(network(), SGD(0.1))
    model.fit(x, y, verbose=0)
    function, variables = model.train_function, len(model.optimizer.variables)
    model.fit(x, y, verbose=0, batch_size=BATCH, callbacks=[GradientMonitor(every=2)])
    assert attributes(model) == attributes(model.optimizer) == set()
    assert model.train_function is function
    assert len(model.optimizer.variables) == variables


class Raises(keras.callbacks.Callback):
    def __init__(self, at, error=RuntimeError):
        super().__init__()
        self.at, self.error = at, error

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.at:
            raise self.error("planned")


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_readable_and_clean_after_an_exception(error):
    (x, y), model, monitor = data(), compiled(network(), SGD(0.1)), GradientMonitor(every=1)
    with pytest.raises(error, match="planned"):
        model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[monitor, Raises(3, error)])
    assert monitor.run.series("gradient_norm", model.trainable_variables[0].path)[0].tolist() == [0, 1, 2, 3]
    assert attributes(model) == attributes(model.optimizer) == set()
    model.fit(x, y, batch_size=BATCH, verbose=0)  # trains on as if nothing had been there
    assert len(monitor.run.series("gradient_norm", model.trainable_variables[0].path)[0]) == 4


def test_error_inside_the_step_is_recorded():
    (x, y), monitor = data(), GradientMonitor(every=1)
    model = compiled(network(), SGD(0.1), loss="categorical_crossentropy")  # class numbers where rows are expected
    with pytest.raises(Exception):  # noqa: B017, PT011 - each backend raises its own
        model.fit(x, y[:, None].repeat(2, 1), batch_size=BATCH, verbose=0, callbacks=[monitor])
    assert monitor.run.status in ("raised", "running")
    assert attributes(model) == attributes(model.optimizer) == set()


def test_gradient_that_is_not_finite_is_recorded_as_it_is():
    (x, y), model, monitor = data(), compiled(network(), SGD(0.1)), GradientMonitor(every=1)
    x[5, 0] = np.nan
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[monitor])
    values = monitor.run.values("gradient_norm", model.trainable_variables[0].path)
    assert np.isfinite(values[0])
    assert np.isnan(values[1:]).all()


def test_norms_of_vanishing_gradients_do_not_underflow():
    (x, y), monitor = data(), GradientMonitor(every=1)
    tiny = keras.initializers.RandomNormal(stddev=1e-12, seed=1)
    model = network(layers.Dense(5, kernel_initializer=tiny), layers.Dense(5, kernel_initializer=tiny))
    compiled(model, SGD(0.1)).fit(x, y, batch_size=ROWS, verbose=0, callbacks=[monitor])
    first = monitor.run.values("gradient_norm", model.trainable_variables[0].path)[0]
    assert 0 < first < 1e-20  # its square is below float32's smallest number


def test_checkpoint_in_mid_training_keeps_the_optimizer(tmp_path):
    (x, y), model = data(), rich_network()
    saver = keras.callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.keras"), save_freq="epoch")
    stops = keras.callbacks.ModelCheckpoint(str(tmp_path / "batch-{batch}.keras"), save_freq=2)
    model.fit(x, y, batch_size=BATCH, epochs=2, verbose=0, callbacks=[GradientMonitor(every=1), saver, stops])
    for path in (tmp_path / "2.keras", sorted(tmp_path.glob("batch-*.keras"))[0]):
        loaded = keras.models.load_model(path)  # a warning would be an error here
        assert int(ops.convert_to_numpy(loaded.optimizer.iterations)) > 0
        assert len(loaded.optimizer.variables) == len(model.optimizer.variables)
    loaded = keras.models.load_model(tmp_path / "2.keras")
    for one, other in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(one), ops.convert_to_numpy(other))


def test_can_be_copied_before_fit():
    (x, y), model = data(), compiled(network(), SGD(0.1))
    original = GradientMonitor(every=2)
    copied = copy.deepcopy(original)
    model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[copied])
    assert copied.run.series("gradient_norm", model.trainable_variables[0].path)[0].tolist() == [0, 2, 4]
    assert original.run.quantities == ()


class TwiceStepping(keras.Model):
    """A subclassed model with a train_step of its own that calls Keras's."""

    def __init__(self):
        super().__init__()
        self.hidden, self.last = layers.Dense(4, "tanh"), layers.Dense(CLASSES, "softmax")

    def call(self, inputs):
        return self.last(self.hidden(inputs))

    def train_step(self, *arguments):
        return super().train_step(*arguments)


def test_subclassed_and_unbuilt_model():
    (x, y), model, monitor = data(), compiled(TwiceStepping(), Adam(0.01)), GradientMonitor(every=1)
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[monitor])
    assert set(monitor.run.places("gradient_norm")) == {variable.path for variable in model.trainable_variables}
    assert len(monitor.run.places("gradient_norm")) == 4


def test_numbers_do_not_pile_up_on_the_device(monkeypatch):
    monkeypatch.setattr("keras_tips.callbacks.measuring.MOST_WAITING", 120)
    (x, y), model, monitor, records = data(), compiled(network(), SGD(0.1)), GradientMonitor(every=1), []
    count = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: records.append(len(monitor._measuring.recorder.run.records))
    )
    model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[monitor, count])
    assert records[3] < records[4]  # written down after four steps, in the middle of the epoch
    assert monitor.run.series("gradient_norm", model.trainable_variables[0].path)[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_two_monitors_share_the_steps():
    (x, y), model = data(), compiled(network(), SGD(0.1))
    second, third = GradientMonitor(every=2), GradientMonitor(every=3)
    model.fit(x, y, batch_size=BATCH, epochs=2, verbose=0, callbacks=[second, third])
    path = model.trainable_variables[0].path
    assert second.run.series("gradient_norm", path)[0].tolist() == [0, 2, 4, 6, 8, 10]
    assert third.run.series("gradient_norm", path)[0].tolist() == [0, 3, 6, 9]
    assert second.run.values("gradient_norm", path)[3] == third.run.values("gradient_norm", path)[2]


class RaisesBeforeTheStep(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        if batch == 2:
            raise RuntimeError("planned")


def test_a_request_for_a_step_that_never_came_is_forgotten():
    (x, y), model = data(), compiled(network(), SGD(0.1))
    with pytest.raises(RuntimeError, match="planned"):
        model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[GradientMonitor(every=1), RaisesBeforeTheStep()])
    monitor = GradientMonitor(every=1)
    model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[monitor])
    assert monitor.run.series("gradient_norm", model.trainable_variables[0].path)[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_multiples_stay_multiples_after_an_exception():
    (x, y), model, monitor = data(), compiled(network(), SGD(0.1)), GradientMonitor(every=2)
    with pytest.raises(RuntimeError, match="planned"):
        model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[monitor, RaisesBeforeTheStep()])  # at step 2
    model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[monitor])
    steps = monitor.run.series("gradient_norm", model.trainable_variables[0].path)[0]
    assert all(step % 2 == 0 for step in steps.tolist())
    assert len(steps) >= 4


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.distribute is TensorFlow's")
def test_several_replicas_are_refused_before_training():
    import tensorflow as tf

    class TwoReplicas(tf.distribute.OneDeviceStrategy):
        num_replicas_in_sync = 2

    model = compiled(network(), SGD(0.1))
    model._distribute_strategy = TwoReplicas("cpu:0")
    monitor = GradientMonitor()
    with pytest.raises(ValueError, match=r"TwoReplicas with 2, .*DataParallel"):
        monitor.set_model(model)


class StepsByHand(keras.Model):
    """A train_step that never hands a gradient to the optimizer."""

    def __init__(self):
        super().__init__()
        self.last = layers.Dense(CLASSES, "softmax")

    def call(self, inputs):
        return self.last(inputs)

    def train_step(self, *arguments):
        logs = {"loss": ops.zeros(())}
        return (logs, arguments[0]) if BACKEND == "jax" else logs


def test_what_could_not_be_measured_is_said():
    (x, y), model, monitor = data(), compiled(StepsByHand(), SGD(0.1)), GradientMonitor(every=1)
    model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[monitor])
    assert "takes no step of model.optimizer" in monitor.run.notes[0]
    assert "gradient_norm" not in monitor.run.quantities


@pytest.mark.parametrize("every", [0, -1, 1.5, True, None, "often", float("nan")])
def test_refuses_what_is_no_schedule(every):
    with pytest.raises(ValueError, match=r"Invalid `every`. Expected a positive integer or \"auto\". Received: every="):
        GradientMonitor(every=every)
