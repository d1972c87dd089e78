"""The monitor against a forward pass by hand, on whatever backend is active."""

import copy

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tips.callbacks import ActivationMonitor, GradientMonitor
from keras_tips.layers import MaxoutDense

pytestmark = pytest.mark.backend

BACKEND = keras.backend.backend()
X = np.random.default_rng(0).normal(size=(14, 6)).astype("float32")
Y = np.random.default_rng(1).normal(size=(14, 2)).astype("float32")
BATCH = 4  # the last one is ragged


def chain(**compiled):
    keras.utils.set_random_seed(0)
    inner = keras.Sequential([layers.Dense(5, "tanh", name="curved"), MaxoutDense(3, 4, name="pieces")], name="inner")
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "relu", name="first"), inner, layers.Dense(2, name="last")])
    model.compile(keras.optimizers.SGD(0.05), "mse", **compiled)
    return model


def by_hand(weights, x):
    """What each layer gives, by NumPy, in float64; for what is said of several steps, each unit's or piece's part of it."""
    k1, b1, k2, b2, k3, b3, k4, b4 = (each.astype("float64") for each in weights)
    first = np.maximum(x @ k1 + b1, 0)
    curved = np.tanh(first @ k2 + b2)
    pieces = (curved @ k3 + b3).reshape(len(x), 3, 4)
    last = pieces.max(-1) @ k4 + b4
    winners = pieces.argmax(-1)
    return {
        "first": {
            **moments(first),
            "silent_units": np.all(first == 0, axis=0),
        },
        "curved": {**moments(curved), "activation_saturation": np.mean(np.abs(curved) > 0.9)},
        "pieces": {
            **moments(pieces.max(-1)),
            "idle_pieces": np.array([[not np.any(winners[:, unit] == piece) for piece in range(4)] for unit in range(3)]),
        },
        "last": moments(last),
    }


def moments(values):
    return {
        "activation_mean": values.mean(),
        "activation_deviation": values.std(),
        "activation_zeros": np.mean(values == 0),
    }


class Weights(keras.callbacks.Callback):
    """Keeps the weights with which each step began."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def on_train_batch_begin(self, batch, logs=None):
        self.kept.append(self.model.get_weights())


@pytest.mark.parametrize("compiled", [{}, {"run_eagerly": True}, {"jit_compile": False}], ids=str)
def test_equals_a_forward_pass_by_hand(compiled):
    model, monitor, weights = chain(**compiled), ActivationMonitor(every=1), Weights()
    model.fit(X, Y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0, callbacks=[monitor, weights])
    paths = {layer.name: layer.path for layer in [model.layers[0], *model.layers[1].layers, model.layers[2]]}
    rows = [by_hand(kept, X[step % 4 * BATCH :][:BATCH].astype("float64")) for step, kept in enumerate(weights.kept)]
    for name, quantities in rows[0].items():
        for quantity in quantities:
            steps, values = monitor.run.series(quantity, paths[name])
            assert steps.tolist() == list(range(12))
            parts = [row[name][quantity] for row in rows]
            expected = [np.mean(np.all(parts[max(0, step - 7) : step + 1], axis=0)) for step in range(12)]
            expected = parts if np.ndim(parts[0]) == 0 else expected
            np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6, err_msg=f"{quantity} of {name}")
    assert set(monitor.run.places("activation_saturation")) == {paths["curved"]}
    assert set(monitor.run.places("idle_pieces")) == {paths["pieces"]}
    assert "gradient_norm" not in monitor.run.quantities


def test_training_is_bit_for_bit_the_same():
    plain, watched = chain(), chain()
    plain.fit(X, Y, batch_size=BATCH, epochs=3, verbose=0, shuffle=False)
    watched.fit(X, Y, batch_size=BATCH, epochs=3, verbose=0, shuffle=False, callbacks=[ActivationMonitor(every=2)])
    for one, other in zip(plain.get_weights(), watched.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_dropout_and_batch_normalization_stay_what_they_are():
    def trained(callbacks):
        keras.utils.set_random_seed(3)
        model = keras.Sequential(
            [keras.Input((6,)), layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(2)]
        )
        model.compile("adam", "mse")
        model.fit(X, Y, batch_size=BATCH, epochs=2, verbose=0, shuffle=False, callbacks=callbacks)
        return model.get_weights()

    for one, other in zip(trained([]), trained([ActivationMonitor(every=1)]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_is_left_on_the_layers():
    model = chain()
    before = [set(vars(layer)) for layer in model._flatten_layers()]
    model.fit(X, Y, batch_size=BATCH, verbose=0)
    model.fit(X, Y, batch_size=BATCH, verbose=0, callbacks=[ActivationMonitor(every=1)])
    assert all("call" not in vars(layer) for layer in model._flatten_layers())
    assert not {"compute_loss_and_updates", "_update_metrics_variables", "train_step"} & set(vars(model))
    assert len(before) == len(list(model._flatten_layers()))


def test_both_monitors_measure_the_same_steps():
    model, gradients, activations = chain(), GradientMonitor(every=2), ActivationMonitor(every=3)
    model.fit(X, Y, batch_size=BATCH, epochs=2, verbose=0, callbacks=[gradients, activations])
    assert gradients.run.series("batch_loss", "train")[0].tolist() == [0, 2, 4, 6]
    assert activations.run.series("activation_mean", model.layers[0].path)[0].tolist() == [0, 3, 6]
    assert "activation_mean" not in gradients.run.quantities


def test_recurrent_layers_and_images_and_half_precision():
    keras.utils.set_random_seed(0)
    policy = None if BACKEND == "torch" else "mixed_float16"
    text = keras.Sequential(
        [keras.Input((5,), dtype="int32"), layers.Embedding(9, 4), layers.Bidirectional(layers.GRU(3)), layers.Dense(2)]
    )
    image = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(3, 3, activation="relu", dtype=policy), layers.Flatten(), layers.Dense(2)]
    )
    inputs = np.ones((14, 5), "int32"), np.ones((14, 6, 6, 1), "float32")
    for model, x, count in ((text, inputs[0], 3), (image, inputs[1], 2)):
        model.compile("sgd", "mse")
        monitor = ActivationMonitor(every=1)
        model.fit(x, Y, batch_size=7, verbose=0, callbacks=[monitor])
        assert len(monitor.run.places("activation_mean")) == count
        values = [monitor.run.values("activation_deviation", place) for place in monitor.run.places("activation_deviation")]
        assert np.all(np.isfinite(values))
    assert len(monitor.run.places("silent_units")) == 2


class OwnStep(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = layers.Dense(2, name="last")

    def call(self, inputs):
        return self.last(inputs)

    def train_step(self, *arguments):
        return super().train_step(*arguments)


def test_a_train_step_of_ones_own_is_measured_or_it_is_said():
    model, monitor = OwnStep(), ActivationMonitor(every=1)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0, callbacks=[monitor])
    if BACKEND == "jax":
        assert "not measured" in monitor.run.notes[0]
        assert "probe_data" in monitor.run.notes[0]
    else:
        assert monitor.run.places("activation_mean") == (model.last.path,)


class Branching(keras.Model):
    """Calls a layer within a branch of the graph, out of which no tensor may be taken."""

    def __init__(self):
        super().__init__()
        self.before, self.within, self.last = (layers.Dense(6, name=name) for name in ("before", "within", "last"))

    def build(self, input_shape):
        for layer in (self.before, self.within, self.last):
            layer.build(input_shape)

    def call(self, inputs):
        hidden = self.before(inputs)
        chosen = ops.cond(ops.sum(hidden) > 0, lambda: self.within(hidden), lambda: 2 * self.within(hidden))
        return self.last(chosen)


def test_layers_within_a_branch_are_left_alone():
    model, monitor = Branching(), ActivationMonitor(every=1)
    model.compile("sgd", "mse")
    model.fit(X, X, batch_size=BATCH, verbose=0, callbacks=[monitor])
    measured = set(monitor.run.places("activation_mean"))
    assert {model.before.path, model.last.path} <= measured
    assert (model.within.path in measured) == (BACKEND == "torch")


def test_probe_data_are_looked_at_when_an_epoch_ends():
    model, monitor = chain(), ActivationMonitor(probe_data=X[:5])
    model.fit(X, Y, batch_size=BATCH, epochs=2, verbose=0, callbacks=[monitor])
    steps, values = monitor.run.series("activation_mean", model.layers[0].path)
    assert steps.tolist() == [3, 7]
    expected = by_hand(model.get_weights(), X[:5].astype("float64"))["first"]["activation_mean"]
    assert values[-1] == pytest.approx(expected, rel=1e-4)


def test_can_be_copied_before_fit():
    model, monitor = chain(), copy.deepcopy(ActivationMonitor(every=1))
    model.fit(X, Y, verbose=0, callbacks=[monitor])
    assert len(monitor.run.values("activation_mean", model.layers[0].path)) == 1


@pytest.mark.parametrize("every", [0, True, "often"])
def test_refuses_what_is_no_schedule(every):
    with pytest.raises(ValueError, match=r"Invalid `every`"):
        ActivationMonitor(every=every)
