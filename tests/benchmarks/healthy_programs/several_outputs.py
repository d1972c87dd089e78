"""Healthy programs with several inputs or outputs: weighted losses, twins, recommenders, and parts without a loss."""

import keras
import numpy as np
from keras import layers, ops

from healthy_programs.data_sets import cut, digits, houses, one_hot, shapes, standard_table
from healthy_programs.registry import program

SPARSE = "sparse_categorical_crossentropy"


@program(at_least={"kind_accuracy": 0.95, "val_kind_accuracy": 0.92, "val_even_accuracy": 0.9})
def digit_and_whether_it_is_even(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    inputs = keras.Input((64,))
    hidden = layers.Dense(64, "relu")(inputs)
    outputs = {
        "kind": layers.Dense(10, "softmax", name="kind")(hidden),
        "even": layers.Dense(1, "sigmoid", name="even")(hidden),
    }
    model = keras.Model(inputs, outputs)
    losses = {"kind": SPARSE, "even": "binary_crossentropy"}
    model.compile("adam", losses, metrics={"kind": ["accuracy"], "even": ["accuracy"]}, loss_weights={"kind": 1.0, "even": 0.5})
    targets = {"kind": y, "even": (y % 2).astype("float32")}
    held_out = {"kind": yv, "even": (yv % 2).astype("float32")}
    return model, {"x": x, "y": targets, "validation_data": (xv, held_out), "epochs": 20}


@program(at_least={"kind_accuracy": 0.9, "val_kind_accuracy": 0.85}, at_most={"val_place_loss": 0.006})
def kind_and_place_of_a_shape(rng):
    images, kind, _, centres = shapes(rng, rows=1500, noise=0.05)
    (x, y), validation = cut(images, [kind, centres], rng)
    inputs = keras.Input((16, 16, 1))
    hidden = layers.Conv2D(16, 3, activation="relu")(inputs)
    hidden = layers.Conv2D(32, 3, activation="relu")(layers.MaxPooling2D()(hidden))
    hidden = layers.Dense(64, "relu")(layers.Flatten()(hidden))
    model = keras.Model(inputs, [layers.Dense(3, "softmax", name="kind")(hidden), layers.Dense(2, name="place")(hidden)])
    model.compile(keras.optimizers.Adam(0.002), [SPARSE, "mse"], metrics=[["accuracy"], ["mae"]], loss_weights=[1.0, 5.0])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def image_with_a_note(rng):
    """A digit's upper half as image, its columns' sums as numbers."""
    (x, y), (xv, yv) = digits(rng)
    split = lambda part: {"upper": part[:, :5], "sums": part.sum((1, 3)) / 4 - 1}  # noqa: E731
    upper, sums = keras.Input((5, 8, 1), name="upper"), keras.Input((8,), name="sums")
    seen = layers.Flatten()(layers.Conv2D(16, 3, activation="relu")(upper))
    hidden = layers.Dense(64, "relu")(layers.Concatenate()([seen, layers.Dense(16, "relu")(sums)]))
    model = keras.Model({"upper": upper, "sums": sums}, layers.Dense(10, "softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.002), SPARSE, metrics=["accuracy"])
    return model, {"x": split(x), "y": y, "validation_data": (split(xv), yv), "epochs": 15}


def pairs(x, y, rng, rows):
    """Pairs of digits, half of them of the same class."""
    first = rng.integers(0, len(x), rows)
    same = rng.random(rows) < 0.5
    second = np.array([rng.choice(np.flatnonzero((y == y[one]) == alike)) for one, alike in zip(first, same, strict=True)])
    return [x[first], x[second]], same.astype("float32")


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.88})
def twins_compare_digits(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    tower = keras.Sequential([keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(32)], name="tower")
    inputs = [keras.Input((64,)), keras.Input((64,))]
    gap = ops.abs(tower(inputs[0]) - tower(inputs[1]))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.Dense(16, "relu")(gap)))
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    left, right = pairs(x, y, rng, 3000), pairs(xv, yv, rng, 600)
    return model, {"x": left[0], "y": left[1], "validation_data": right, "epochs": 15}


@keras.saving.register_keras_serializable("healthy_programs")
def contrastive(truth, distance):
    """Pulls pairs together, pushes others a length of 1 apart."""
    return ops.mean(truth * ops.square(distance) + (1 - truth) * ops.square(ops.maximum(1 - distance, 0)), -1)


@program(at_most={"loss": 0.06, "val_loss": 0.1})
def twins_by_distance(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    tower = keras.Sequential([keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(8)], name="tower")
    inputs = [keras.Input((64,)), keras.Input((64,))]
    gap = ops.sum(ops.square(tower(inputs[0]) - tower(inputs[1])), -1, keepdims=True)
    model = keras.Model(inputs, ops.sqrt(gap + 1e-6))
    model.compile("adam", contrastive)
    left, right = pairs(x, y, rng, 3000), pairs(xv, yv, rng, 600)
    data = {"x": left[0], "y": left[1][:, None], "validation_data": (right[0], right[1][:, None])}
    return model, {**data, "epochs": 12, "batch_size": 32}


@program(at_least={"kind_accuracy": 0.95, "val_kind_accuracy": 0.92}, at_most={"image_loss": 0.04})
def classifier_that_also_rebuilds(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    inputs = keras.Input((64,))
    code = layers.Dense(24, "relu")(layers.Dense(64, "relu")(inputs))
    kind = layers.Dense(10, "softmax", name="kind")(code)
    image = layers.Dense(64, "sigmoid", name="image")(layers.Dense(64, "relu")(code))
    model = keras.Model(inputs, {"kind": kind, "image": image})
    model.compile(
        "adam", {"kind": SPARSE, "image": "mse"}, metrics={"kind": "accuracy"}, loss_weights={"kind": 1.0, "image": 10.0}
    )
    return model, {"x": x, "y": {"kind": y, "image": x}, "validation_data": (xv, {"kind": yv, "image": xv}), "epochs": 25}


@program(at_least={"kind_accuracy": 0.95, "val_kind_accuracy": 0.92})
def features_as_second_output(rng):
    """The second output is there to be looked at: it has no loss."""
    (x, y), (xv, yv) = digits(rng, flat=True)
    inputs = keras.Input((64,))
    features = layers.Dense(48, "relu", name="features")(inputs)
    model = keras.Model(inputs, [layers.Dense(10, "softmax", name="kind")(features), features])
    model.compile("adam", [SPARSE, None], metrics=[["accuracy"], None])
    unread, unread_validation = np.zeros((len(x), 48)), np.zeros((len(xv), 48))  # Keras wants targets all the same
    return model, {"x": x, "y": [y, unread], "validation_data": (xv, [yv, unread_validation]), "epochs": 20}


@program(at_least={"last_accuracy": 0.95, "val_last_accuracy": 0.92})
def help_from_an_early_output(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    inputs = keras.Input((64,))
    early = layers.Dense(48, "relu")(inputs)
    late = layers.Dense(48, "relu")(layers.Dense(48, "relu")(early))
    model = keras.Model(
        inputs, [layers.Dense(10, "softmax", name="early")(early), layers.Dense(10, "softmax", name="last")(late)]
    )
    model.compile("adam", [SPARSE, SPARSE], metrics=[["accuracy"], ["accuracy"]], loss_weights=[0.3, 1.0])
    return model, {"x": x, "y": [y, y], "validation_data": (xv, [yv, yv]), "epochs": 15}


@program(at_most={"loss": 0.3, "val_loss": 0.4})
def ratings_of_films(rng):
    """Two towers of embeddings, their product and their biases: weights of rare films hardly move."""
    people, films = rng.normal(size=(80, 3)), rng.normal(size=(60, 3))
    person, film = rng.integers(0, 80, 6000), (60 * rng.random(6000) ** 2).astype(int)
    y = (people[person] * films[film]).sum(1) / 1.7 + 0.2 * rng.normal(size=6000)
    (x, y), validation = cut([person[:, None], film[:, None]], y.astype("float32"), rng)
    inputs = [keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")]
    penalty = keras.regularizers.L2(1e-6)
    left = layers.Flatten()(layers.Embedding(80, 8, embeddings_regularizer=penalty)(inputs[0]))
    right = layers.Flatten()(layers.Embedding(60, 8, embeddings_regularizer=penalty)(inputs[1]))
    bias = layers.Flatten()(layers.Embedding(60, 1, embeddings_initializer="zeros")(inputs[1]))
    model = keras.Model(inputs, layers.Add()([layers.Dot(1)([left, right]), bias]))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 10, "batch_size": 64}


@program(at_most={"price_loss": 0.05, "val_price_loss": 0.06}, at_least={"dear_accuracy": 0.9, "val_dear_accuracy": 0.88})
def price_and_whether_it_is_dear(rng):
    (x, y), (xv, yv) = houses(rng)
    mean, deviation, middle = np.log(y).mean(), np.log(y).std(), float(np.median(y))
    targets = lambda y: [((np.log(y) - mean) / deviation)[:, None], (y > middle).astype("float32")[:, None]]  # noqa: E731
    inputs = keras.Input((4,))
    hidden = layers.Dense(32, "relu")(layers.Dense(32, "relu")(inputs))
    model = keras.Model(inputs, [layers.Dense(1, name="price")(hidden), layers.Dense(1, "sigmoid", name="dear")(hidden)])
    model.compile(keras.optimizers.Adam(0.003), ["mse", "binary_crossentropy"], metrics=[[], ["accuracy"]])
    return model, {"x": x, "y": targets(y), "validation_data": (xv, targets(yv)), "epochs": 20}


@program(at_least={"mean_accuracy": 0.95, "val_mean_accuracy": 0.9})
def average_of_three_networks(rng):
    (x, y), (xv, yv) = standard_table("wine", rng)
    inputs = keras.Input((13,))
    members = [
        layers.Dense(3, "softmax")(layers.Dense(units, kind)(inputs))
        for units, kind in ((16, "relu"), (8, "tanh"), (12, "elu"))
    ]
    model = keras.Model(inputs, layers.Average()(members))
    metric = keras.metrics.CategoricalAccuracy("mean_accuracy")
    model.compile(keras.optimizers.Adam(0.005), "categorical_crossentropy", metrics=[metric])
    return model, {"x": x, "y": one_hot(y, 3), "validation_data": (xv, one_hot(yv, 3)), "epochs": 25, "batch_size": 16}
