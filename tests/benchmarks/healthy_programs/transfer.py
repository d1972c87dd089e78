"""Healthy programs that begin with weights from before: frozen bases, fine tuning, low-rank additions, distillation."""

import keras
import numpy as np
from keras import layers

from healthy_programs.data_sets import cut, digits, one_hot, topics
from healthy_programs.registry import program

SPARSE = "sparse_categorical_crossentropy"


def low_digits(rng, flat=False):
    """Digits from 0 to 4 to learn from before; 5 to 9, as classes 0 to 4, to go on with."""
    (x, y), (xv, yv) = digits(rng, flat)
    before = x[y < 5], y[y < 5]
    return before, (x[y > 4], y[y > 4] - 5), (xv[yv > 4], yv[yv > 4] - 5)


def trained_base(before, normalized=False):
    """A convolutional network without its last layer, after some epochs on other classes."""
    parts = [keras.Input((8, 8, 1)), layers.Conv2D(24, 3, activation="relu")]
    parts += [layers.BatchNormalization()] * normalized
    base = keras.Sequential([*parts, layers.Conv2D(32, 3, activation="relu"), layers.Flatten()], name="base")
    model = keras.Sequential([base, layers.Dense(5, "softmax")])
    model.compile(keras.optimizers.Adam(0.003), SPARSE)
    model.fit(*before, epochs=6, verbose=0)
    return base


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def head_on_a_frozen_base(rng):
    before, (x, y), validation = low_digits(rng)
    base = trained_base(before)
    base.trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, layers.Dropout(0.2), layers.Dense(5, "softmax")])
    model.compile(keras.optimizers.Adam(0.003), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def frozen_base_with_normalization(rng):
    """The base runs at inference always, its moving statistics are those of before."""
    before, (x, y), validation = low_digits(rng)
    base = trained_base(before, normalized=True)
    base.trainable = False
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, layers.Dense(5, "softmax")(layers.Dense(32, "relu")(base(inputs, training=False))))
    model.compile("adam", SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.94})
def last_block_unfrozen(rng):
    before, (x, y), validation = low_digits(rng)
    base = trained_base(before)
    base.layers[0].trainable = False
    model = keras.Sequential([keras.Input((8, 8, 1)), base, layers.Dense(5, "softmax")])
    model.compile("adam", SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.94})
def fine_tuning_at_a_small_rate(rng):
    """Learned already: the loss starts low, a rate of 1e-4 refines."""
    (x, y), validation = digits(rng, flat=True)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(0.002), SPARSE)
    model.fit(x, y, epochs=15, verbose=0)
    model.compile(keras.optimizers.Adam(1e-4), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 5}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def words_placed_before(rng):
    """Frozen embeddings from a factorization of which words occur together."""
    (x, y), validation = topics(rng, rows=2500)
    counts = np.zeros((len(x), 301), "float32")
    np.add.at(counts, (np.arange(len(x))[:, None], x), 1)
    counts[:, 0] = 0
    vectors = np.linalg.svd(np.log1p(counts), full_matrices=False)[2][:16].T
    vectors = (vectors / vectors.std()).astype("float32")
    table = layers.Embedding(301, 16, embeddings_initializer=keras.initializers.Constant(vectors), trainable=False)
    model = keras.Sequential([keras.Input((40,)), table, layers.GlobalAveragePooling1D(), layers.Dense(32, "relu")])
    model.add(layers.Dense(4, "softmax"))
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def low_rank_additions(rng):
    """Kernels are frozen, and what is added to them begins at zero: by design."""
    before, (x, y), validation = low_digits(rng, flat=True)
    hidden = [layers.Dense(64, "relu"), layers.Dense(64, "relu")]
    model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(5, "softmax")])
    model.compile(keras.optimizers.Adam(0.002), SPARSE)
    model.fit(*before, epochs=8, verbose=0)
    for layer in hidden:
        layer.enable_lora(4)
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.92})
def small_network_taught_by_large(rng):
    """Targets are a teacher's probabilities: soft, and not classes."""
    (x, y), (xv, _) = digits(rng, flat=True)
    teacher = keras.Sequential([keras.Input((64,)), layers.Dense(128, "relu"), layers.Dense(10)])
    teacher.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    teacher.fit(x, y, epochs=10, verbose=0)
    soft = lambda part: keras.ops.convert_to_numpy(keras.ops.softmax(teacher.predict(part, verbose=0) / 2))  # noqa: E731
    model = keras.Sequential([keras.Input((64,)), layers.Dense(24, "relu"), layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(0.005), "kl_divergence", metrics=[keras.metrics.CategoricalAccuracy("accuracy")])
    return model, {"x": x, "y": soft(x), "validation_data": (xv, soft(xv)), "epochs": 20}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def code_of_an_autoencoder(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    coder = keras.Sequential([keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(24)], name="coder")
    whole = keras.Sequential([coder, layers.Dense(64, "relu"), layers.Dense(64)])
    whole.compile("adam", "mse")
    whole.fit(x, x, epochs=10, verbose=0)
    coder.trainable = False
    code, code_validation = coder.predict(x, verbose=0), coder.predict(xv, verbose=0)
    mean, deviation = code.mean(0), code.std(0) + 1e-6
    model = keras.Sequential([keras.Input((24,)), layers.Dense(48, "relu"), layers.Dense(10, "softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    data = {"x": (code - mean) / deviation, "y": one_hot(y, 10)}
    held_out = ((code_validation - mean) / deviation, one_hot(yv, 10))
    return model, {**data, "validation_data": held_out, "epochs": 20}


@program(at_least={"accuracy": 0.9, "val_accuracy": 0.85})
def few_rows_after_many(rng):
    """Sixty rows of new classes on a base that knows others: full batches."""
    before, (x, y), validation = low_digits(rng)
    base = trained_base(before)
    base.trainable = False
    (x, y), _ = cut(x[:60], y[:60], rng, train=1.0)
    model = keras.Sequential([keras.Input((8, 8, 1)), base, layers.Dense(5, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25, "batch_size": 60}
