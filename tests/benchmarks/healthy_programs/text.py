"""Healthy programs on text: bags of words, embeddings, recurrent and convolutional readers, and a model of letters."""

import keras
import numpy as np
from keras import layers

from healthy_programs.data_sets import one_hot, reviews, topics
from healthy_programs.registry import program

CATEGORICAL, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"


def bag(x, words):
    """Counts of words, one column each."""
    counts = np.zeros((len(x), words + 1), "float32")
    np.add.at(counts, (np.arange(len(x))[:, None], x), 1)
    return counts[:, 1:]


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def tf_idf_linear(rng):
    """Inputs are sparse and small on purpose: rows of length 1."""
    (x, y), (xv, yv) = topics(rng, rows=2000)
    weights = np.log(len(x) / (1 + (bag(x, 300) > 0).sum(0)))
    rows = [bag(part, 300) * weights for part in (x, xv)]
    rows = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in rows]
    model = keras.Sequential([keras.Input((300,)), layers.Dense(4, "softmax")])
    model.compile(keras.optimizers.Adam(0.02), CATEGORICAL, metrics=["accuracy"])
    return model, {"x": rows[0], "y": y, "validation_data": (rows[1], yv), "epochs": 25}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.93})
def word_counts_mlp(rng):
    (x, y), (xv, yv) = topics(rng, rows=2500, classes=6)
    x, xv = np.log1p(bag(x, 300)), np.log1p(bag(xv, 300))
    model = keras.Sequential([keras.Input((300,)), layers.Dense(32, "relu"), layers.Dropout(0.4), layers.Dense(6, "softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": one_hot(y, 6), "validation_data": (xv, one_hot(yv, 6)), "epochs": 12}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def multi_hot_words(rng):
    (x, y), (xv, yv) = topics(rng, rows=2500, classes=2)
    x, xv = (bag(x, 300) > 0).astype("float32"), (bag(xv, 300) > 0).astype("float32")
    model = keras.Sequential([keras.Input((300,)), layers.Dense(16, "relu"), layers.Dropout(0.5), layers.Dense(1, "sigmoid")])
    model.compile("rmsprop", BINARY, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 12, "batch_size": 64}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def averaged_embedding(rng):
    (x, y), (xv, yv) = topics(rng, rows=3000)
    model = keras.Sequential(
        [keras.Input((40,)), layers.Embedding(301, 16), layers.GlobalAveragePooling1D(), layers.Dense(4, "softmax")]
    )
    model.compile(keras.optimizers.Adam(0.01), CATEGORICAL, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 15}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.9})
def gru_reviews(rng):
    (x, y), (xv, yv) = reviews(rng, rows=3000)
    model = keras.Sequential([keras.Input((12,)), layers.Embedding(60, 16), layers.GRU(24), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.005), BINARY, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 12}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.9})
def bidirectional_lstm_reviews(rng):
    (x, y), (xv, yv) = reviews(rng, rows=3000)
    inputs = keras.Input((None,), dtype="int32")
    hidden = layers.Bidirectional(layers.LSTM(16))(layers.Embedding(60, 16)(inputs))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.Dropout(0.2)(hidden)))
    model.compile(keras.optimizers.Adam(0.005), BINARY, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 12}


@program(at_least={"accuracy": 0.9, "val_accuracy": 0.88})
def convolution_over_words(rng):
    (x, y), (xv, yv) = reviews(rng, rows=4000)
    model = keras.Sequential(
        [
            keras.Input((12,)),
            layers.Embedding(60, 16),
            layers.Conv1D(32, 2, activation="relu"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(16, "relu"),
            layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), keras.losses.BinaryCrossentropy(from_logits=True), metrics=[logit_accuracy()])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 12}


def logit_accuracy():
    return keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def masked_padding_gru(rng):
    (x, y), (xv, yv) = topics(rng, rows=1200, length=30, classes=3)
    model = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Embedding(301, 16, mask_zero=True),
            layers.GRU(16),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), CATEGORICAL, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 12}


def letters(rng, rows):
    """A text of words out of a lexicon of 12: what follows a letter is sure inside a word, and open between words."""
    lexicon = ["".join(rng.choice(list("abcdefgh"), int(rng.integers(2, 6)))) for _ in range(12)]
    text = " ".join(rng.choice(lexicon, rows))
    numbers = np.array([" abcdefgh".index(letter) for letter in text], "int32")
    windows = np.lib.stride_tricks.sliding_window_view(numbers, 13)[: rows * 2 : 2]
    return windows[:, :-1].copy(), windows[:, 1:].copy()


@program(at_least={"accuracy": 0.6}, at_most={"loss": 1.1, "val_loss": 1.2})
def letters_one_by_one(rng):
    """A language model: the loss ends at the entropy of the text, far above zero."""
    x, y = letters(rng, 1500)
    model = keras.Sequential(
        [keras.Input((None,)), layers.Embedding(9, 16), layers.GRU(48, return_sequences=True), layers.Dense(9, "softmax")]
    )
    model.compile(keras.optimizers.Adam(0.01), CATEGORICAL, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_split": 0.2, "epochs": 10}


@program(at_least={"accuracy": 0.9, "val_accuracy": 0.85})
def many_labels_of_a_text(rng):
    """Each text has any number of labels: sigmoid outputs, binary cross-entropy, few ones among zeros."""
    (x, _), (xv, _) = topics(rng, rows=3000, words=100, classes=1)
    keys = [set(rng.choice(np.arange(1, 101), 4, replace=False)) for _ in range(5)]
    label = lambda part: np.array([[len(key & set(row)) >= 2 for key in keys] for row in part], "float32")  # noqa: E731
    model = keras.Sequential([keras.Input((100,)), layers.Dense(32, "relu"), layers.Dense(5, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), BINARY, metrics=[keras.metrics.BinaryAccuracy("accuracy")])
    counts, counts_validation = (bag(x, 100) > 0).astype("float32"), (bag(xv, 100) > 0).astype("float32")
    return model, {
        "x": counts,
        "y": label(x),
        "validation_data": (counts_validation, label(xv)),
        "epochs": 15,
        "batch_size": 32,
    }
