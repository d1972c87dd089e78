"""Healthy programs with attention: transformers over text, pieces of images and sets, mixtures of experts, mixers."""

import keras
import numpy as np
from keras import layers, ops

from healthy_programs.data_sets import blobs, cut, digits, reviews, topics
from healthy_programs.registry import program

SPARSE = "sparse_categorical_crossentropy"


class Places(layers.Layer):
    """Adds a learned vector for each place of a sequence."""

    def build(self, shape):
        self.table = self.add_weight(shape=(1, *shape[1:]), initializer="random_normal", name="table")

    def call(self, x):
        return x + self.table


def encoder_before(x, heads, width, rate=0.0):
    """A block of a transformer that normalizes first."""
    inner = layers.LayerNormalization()(x)
    x = x + layers.Dropout(rate)(layers.MultiHeadAttention(heads, width // heads)(inner, inner))
    inner = layers.Dense(2 * width, "gelu")(layers.LayerNormalization()(x))
    return x + layers.Dropout(rate)(layers.Dense(width)(inner))


def encoder_after(x, heads, width):
    """A block as in the first paper: it normalizes last."""
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(heads, width // heads)(x, x))
    return layers.LayerNormalization()(x + layers.Dense(width)(layers.Dense(2 * width, "relu")(x)))


@program(at_least={"accuracy": 0.9, "val_accuracy": 0.85})
def transformer_reads_reviews(rng):
    (x, y), validation = reviews(rng, rows=6000, length=8)
    inputs = keras.Input((8,))
    hidden = encoder_before(Places()(layers.Embedding(60, 32)(inputs)), 2, 32, 0.2)
    hidden = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(hidden))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(hidden))
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 10, "batch_size": 64}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def normalized_last_with_warmup(rng):
    (x, y), validation = topics(rng, rows=1500, length=24, classes=3)
    inputs = keras.Input((24,))
    hidden = encoder_after(layers.Embedding(301, 32)(inputs), 4, 32)
    hidden = layers.Dropout(0.2)(layers.GlobalAveragePooling1D()(hidden))
    model = keras.Model(inputs, layers.Dense(3, "softmax")(hidden))
    rate = keras.optimizers.schedules.CosineDecay(0.0, 300, warmup_target=0.003, warmup_steps=60)
    model.compile(keras.optimizers.Adam(rate, beta_2=0.98), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 10}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.9})
def pieces_of_images(rng):
    """A vision transformer: 16 pieces of 2 x 2 pixels."""
    (x, y), validation = digits(rng)
    inputs = keras.Input((8, 8, 1))
    hidden = Places()(layers.Reshape((16, 32))(layers.Conv2D(32, 2, strides=2)(inputs)))
    for _ in range(2):
        hidden = encoder_before(hidden, 4, 32, 0.1)
    hidden = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(hidden))
    model = keras.Model(inputs, layers.Dense(10)(hidden))
    model.compile(
        keras.optimizers.AdamW(0.002), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
    )
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 16, "batch_size": 64}


@program(at_least={"accuracy": 0.44, "val_accuracy": 0.44}, at_most={"loss": 1.6})
def causal_model_of_tokens(rng):
    """Predicts the next token of a random chain: two thirds of what follows is chance."""
    follow = np.where(np.eye(16)[rng.integers(0, 16, 16)] > 0, 0.5, 0) + np.eye(16)[rng.permutation(16)] * 0.3 + 0.2 / 16
    sums = np.cumsum(follow / follow.sum(1, keepdims=True), 1)
    x = rng.integers(0, 16, (1000, 17))
    for place in range(1, 17):
        x[:, place] = (rng.random(1000)[:, None] > sums[x[:, place - 1]]).sum(1).clip(max=15)
    inputs = keras.Input((16,))
    hidden = Places()(layers.Embedding(16, 32)(inputs))
    hidden = hidden + layers.MultiHeadAttention(2, 16)(hidden, hidden, use_causal_mask=True)
    hidden = hidden + layers.Dense(32)(layers.Dense(64, "relu")(layers.LayerNormalization()(hidden)))
    model = keras.Model(inputs, layers.Dense(16, "softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, {"x": x[:, :-1], "y": x[:, 1:], "validation_split": 0.2, "epochs": 8}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def attention_between_two_sequences(rng):
    """The first sequence holds pairs of key and value, the second asks for one key."""
    keys = np.argsort(rng.random((3000, 6)), 1)
    values, asked = rng.integers(0, 8, (3000, 6)), rng.integers(0, 6, 3000)
    y = values[np.arange(3000), asked_place(keys, asked)]
    (x, y), validation = cut([keys, values, asked[:, None]], y, rng)
    inputs = [keras.Input((6,)), keras.Input((6,)), keras.Input((1,))]
    names = layers.Embedding(6, 16)
    found = layers.Attention(use_scale=True)([names(inputs[2]), layers.Embedding(8, 16)(inputs[1]), names(inputs[0])])
    model = keras.Model(inputs, layers.Dense(8, "softmax")(layers.Flatten()(found)))
    model.compile(keras.optimizers.Adam(0.02), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


def asked_place(keys, asked):
    return np.argmax(keys == asked[:, None], 1)


@program(at_most={"loss": 0.06, "val_loss": 0.08})
def largest_of_a_set(rng):
    """Order does not matter: the same network for each member, then their maximum."""
    x = rng.normal(size=(2000, 10, 1)).astype("float32")
    (x, y), validation = cut(x, x.max((1, 2)) - x.min((1, 2)) - 3, rng)
    inputs = keras.Input((10, 1))
    hidden = layers.GlobalMaxPooling1D()(layers.Dense(32)(layers.Dense(32, "relu")(inputs)))
    model = keras.Model(inputs, layers.Dense(1)(layers.Dense(16, "relu")(hidden)))
    model.compile(keras.optimizers.Adam(0.005), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.9, "val_accuracy": 0.87})
def attention_pools_words(rng):
    """Weights over words by a softmax inside the network: what it is for."""
    (x, y), validation = reviews(rng, rows=4000)
    inputs = keras.Input((12,))
    hidden = layers.Conv1D(24, 2, padding="causal", activation="relu")(layers.Embedding(60, 16)(inputs))
    weights = layers.Softmax(axis=1)(layers.Dense(1)(hidden))
    pooled = layers.Flatten()(layers.Dot(1)([weights, hidden]))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(pooled))
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15, "batch_size": 64}


@program(at_least={"accuracy": 0.94, "val_accuracy": 0.9})
def mixture_of_experts(rng):
    """A gate chooses among four experts by a softmax."""
    (x, y), validation = blobs(rng, rows=1500, classes=6, spread=0.6)
    inputs = keras.Input((10,))
    gate = layers.Dense(4, "softmax", name="gate")(inputs)
    experts = [layers.Dense(6)(layers.Dense(12, "relu")(inputs)) for _ in range(4)]
    mixed = layers.Flatten()(layers.Dot(1)([layers.Reshape((4, 1))(gate), ops.stack(experts, 1)]))
    model = keras.Model(inputs, layers.Softmax()(mixed))
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_least={"accuracy": 0.94, "val_accuracy": 0.9})
def mixing_rows_and_columns(rng):
    (x, y), validation = digits(rng)
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Dense(32)(layers.Reshape((16, 4))(inputs))
    for _ in range(2):
        inner = layers.Permute((2, 1))(layers.LayerNormalization()(hidden))
        hidden = hidden + layers.Permute((2, 1))(layers.Dense(16)(layers.Dense(32, "gelu")(inner)))
        hidden = hidden + layers.Dense(32)(layers.Dense(64, "gelu")(layers.LayerNormalization()(hidden)))
    model = keras.Model(inputs, layers.Dense(10, "softmax")(layers.GlobalAveragePooling1D()(hidden)))
    model.compile(keras.optimizers.Adam(0.003), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15, "batch_size": 64}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def gated_linear_units(rng):
    (x, y), validation = blobs(rng, spread=0.7)
    inputs = keras.Input((10,))
    hidden = layers.Dense(32)(inputs)
    for _ in range(2):
        inner = layers.LayerNormalization()(hidden)
        inner = layers.Multiply()([layers.Dense(32)(inner), layers.Dense(32, "sigmoid")(inner)])
        hidden = layers.Add()([hidden, layers.Dense(32)(inner)])
    model = keras.Model(inputs, layers.Dense(4, "softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.003), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}
