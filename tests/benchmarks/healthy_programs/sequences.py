"""Healthy programs on sequences: forecasts, copying, tagging, sums of masked numbers, waves told apart, odd ones found."""

import keras
import numpy as np
from keras import layers

from healthy_programs.data_sets import cut, one_hot, waves
from healthy_programs.registry import program


@program(at_most={"loss": 0.05, "val_loss": 0.06})
def lstm_forecast(rng):
    (x, y), validation = waves(rng)
    model = keras.Sequential([keras.Input((24, 1)), layers.LSTM(24), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


@program(at_most={"loss": 0.05, "val_loss": 0.06})
def dense_forecast(rng):
    (x, y), validation = waves(rng)
    model = keras.Sequential([keras.Input((24, 1)), layers.Flatten(), layers.Dense(32, "relu"), layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_most={"loss": 0.1, "val_loss": 0.12})
def causal_convolutions_six_ahead(rng):
    (x, y), validation = waves(rng, length=32, ahead=6)
    inputs = hidden = keras.Input((32, 1))
    for rate in (1, 2, 4, 8):
        hidden = layers.Conv1D(16, 3, padding="causal", dilation_rate=rate, activation="relu")(hidden)
    outputs = layers.Dense(6)(hidden[:, -1])
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_most={"loss": 0.2, "val_loss": 0.22})
def stacked_gru_absolute_error(rng):
    (x, y), validation = waves(rng, rows=1500)
    model = keras.Sequential([keras.Input((24, 1)), layers.GRU(16, return_sequences=True), layers.GRU(16), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.005, clipnorm=1.0), "mae")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


@program(at_most={"loss": 0.1})
def forecast_in_order_with_memory(rng):
    """A stateful network must see its batches in order: no shuffling, and nothing wrong with that."""
    time = np.arange(4001)
    series = (np.sin(time / 5) + 0.05 * rng.normal(size=4001)).astype("float32")
    x, y = series[:-1].reshape(10, 20, 20, 1), series[1:].reshape(10, 20, 20, 1)
    x, y = x.swapaxes(0, 1).reshape(-1, 20, 1), y.swapaxes(0, 1).reshape(-1, 20, 1)  # ten strands side by side
    inputs = keras.Input(batch_shape=(10, 20, 1))
    hidden = layers.LSTM(16, stateful=True, return_sequences=True)(inputs)
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model, {"x": x, "y": y, "batch_size": 10, "shuffle": False, "epochs": 30}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def reversed_copy(rng):
    x = rng.integers(1, 9, (2500, 6))
    (x, y), (xv, yv) = cut(x, x[:, ::-1].copy(), rng)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Embedding(9, 16),
            layers.Bidirectional(layers.LSTM(48, return_sequences=True)),
            layers.Dense(9, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 20}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def encoder_repeats_to_decoder(rng):
    """Sorts four digits: an encoder's last state, repeated, unrolled by a decoder."""
    numbers = rng.integers(0, 5, (3000, 4))
    (x, y), (xv, yv) = cut(one_hot(numbers, 5), one_hot(np.sort(numbers, 1), 5), rng)
    model = keras.Sequential(
        [keras.Input((4, 5)), layers.GRU(48), layers.RepeatVector(4), layers.GRU(48, return_sequences=True)]
    )
    model.add(layers.TimeDistributed(layers.Dense(5, "softmax")))
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 15}


@program(at_most={"loss": 0.05, "val_loss": 0.06})
def sum_of_masked_numbers(rng):
    x = rng.uniform(0.1, 1, (2000, 12, 1)).astype("float32")
    x *= np.arange(12)[:, None] < rng.integers(3, 13, 2000)[:, None, None]
    y = x.sum((1, 2))
    (x, y), validation = cut(x, (y - y.mean()) / y.std(), rng)
    model = keras.Sequential([keras.Input((12, 1)), layers.Masking(0.0), layers.SimpleRNN(16), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def tags_with_padding_weights(rng):
    """Each word gets a tag that depends on the word before; weights leave the padding out."""
    x = rng.integers(1, 20, (2000, 10))
    x *= np.arange(10) < rng.integers(5, 11, 2000)[:, None]
    before = np.c_[np.zeros(2000, int), x[:, :-1]]
    y = np.where(x == 0, 0, 1 + (x % 2) + 2 * (before > 9))
    weights = (x > 0).astype("float32")
    (data, y), (validation, yv) = cut([x, weights], y, rng)
    inputs = keras.Input((10,))
    hidden = layers.LSTM(24, return_sequences=True)(layers.Embedding(20, 12)(inputs))
    model = keras.Model(inputs, layers.Dense(5, "softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    held_out = (validation[0], yv, validation[1])
    return model, {"x": data[0], "y": y, "sample_weight": data[1], "validation_data": held_out, "epochs": 10}


def signals(rng, rows=1200, length=64):
    """Noisy sine, square and saw waves of any phase and frequency."""
    kind, phase = rng.integers(0, 3, rows), rng.uniform(0, 6.28, rows)[:, None]
    angle = rng.uniform(0.15, 0.5, rows)[:, None] * np.arange(length) + phase
    wave = np.choose(kind[:, None], [np.sin(angle), np.sign(np.sin(angle)), (angle % 6.2832) / 3.1416 - 1])
    return cut((wave + 0.2 * rng.normal(size=wave.shape))[..., None].astype("float32"), kind, rng)


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def convolution_tells_waves_apart(rng):
    (x, y), validation = signals(rng)
    model = keras.Sequential([keras.Input((64, 1))])
    for filters in (16, 32):
        model.add(layers.Conv1D(filters, 5, strides=2, padding="same", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
    model.add(layers.GlobalAveragePooling1D())
    model.add(layers.Dense(3, "softmax"))
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def convolution_and_gru(rng):
    (x, y), validation = signals(rng)
    model = keras.Sequential(
        [
            keras.Input((64, 1)),
            layers.Conv1D(16, 5, activation="relu"),
            layers.MaxPooling1D(2),
            layers.GRU(24),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_most={"loss": 0.15, "val_loss": 0.15})
def odd_windows_found_by_autoencoder(rng):
    """Input is target; the middle is narrow because it has to be."""
    (x, _), (xv, _) = waves(rng, length=32)
    model = keras.Sequential(
        [
            keras.Input((32, 1)),
            layers.Conv1D(16, 5, strides=2, padding="same", activation="relu"),
            layers.Conv1D(8, 5, strides=2, padding="same", activation="relu"),
            layers.Conv1DTranspose(8, 5, strides=2, padding="same", activation="relu"),
            layers.Conv1DTranspose(16, 5, strides=2, padding="same", activation="relu"),
            layers.Conv1D(1, 5, padding="same"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": x, "y": x, "validation_data": (xv, xv), "epochs": 10}


@program(at_most={"loss": 0.65, "val_loss": 0.7})
def return_of_a_noisy_market(rng):
    """Half of the variance is noise: no model gets further, and this one gets there."""
    x = rng.normal(size=(3000, 10)).astype("float32")
    y = (np.tanh(x[:, 0] + x[:, 1]) + 0.5 * x[:, 2] + 0.8 * rng.normal(size=3000)).astype("float32")
    (x, y), validation = cut(x, y / y.std(), rng)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.002), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15, "batch_size": 64}
