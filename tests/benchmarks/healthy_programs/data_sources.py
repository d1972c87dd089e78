"""Healthy programs that feed their data in other ways: tf.data, generators, PyDataset, splits by `fit`, several fits."""

import keras
import numpy as np
import tensorflow as tf  # tf.data feeds every backend
from keras import layers

from healthy_programs.data_sets import blobs, digits, houses, moons, one_hot, standard_table
from healthy_programs.registry import program

SPARSE = "sparse_categorical_crossentropy"
GOOD = {"accuracy": 0.95, "val_accuracy": 0.92}


def digit_reader(optimizer="adam", loss=SPARSE, units=64):
    model = keras.Sequential([keras.Input((64,)), layers.Dense(units, "relu"), layers.Dense(10, "softmax")])
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


@program(at_least=GOOD)
def shuffled_tf_data(rng):
    train, (xv, yv) = digits(rng, flat=True)
    batches = tf.data.Dataset.from_tensor_slices(train).shuffle(1500).batch(32).prefetch(2)
    validation = tf.data.Dataset.from_tensor_slices((xv, yv)).batch(64)
    return digit_reader(), {"x": batches, "validation_data": validation, "epochs": 20}


@program(at_least=GOOD)
def sorted_rows_shuffled_by_tf_data(rng):
    """The rows lie sorted by class; what training sees is not."""
    (x, y), (xv, yv) = digits(rng, flat=True)
    order = np.argsort(y, kind="stable")
    batches = tf.data.Dataset.from_tensor_slices((x[order], y[order])).shuffle(len(x)).batch(32)
    validation = tf.data.Dataset.from_tensor_slices((xv, yv)).batch(32)
    return digit_reader(), {"x": batches, "validation_data": validation, "epochs": 20}


@program(at_least=GOOD)
def sorted_rows_shuffled_by_fit(rng):
    (x, y), validation = digits(rng, flat=True)
    order = np.argsort(y, kind="stable")
    return digit_reader(), {"x": x[order], "y": y[order], "validation_data": validation, "epochs": 20}


@program(at_least=GOOD)
def endless_tf_data(rng):
    (x, y), validation = digits(rng, flat=True)
    batches = tf.data.Dataset.from_tensor_slices((x, one_hot(y, 10))).repeat().shuffle(1000).batch(32)
    held_out = (validation[0], one_hot(validation[1], 10))
    fit = {"x": batches, "validation_data": held_out, "epochs": 15, "steps_per_epoch": 50}
    return digit_reader(keras.optimizers.Adam(0.002), "categorical_crossentropy"), fit


@program(at_least=GOOD)
def endless_generator(rng):
    (x, y), validation = digits(rng, flat=True)

    def batches():
        while True:
            chosen = rng.integers(0, len(x), 32)
            yield x[chosen], y[chosen]

    return digit_reader(), {"x": batches(), "validation_data": validation, "epochs": 20, "steps_per_epoch": 45}


class NoisyPairs(keras.utils.PyDataset):
    """Mixes rows and their labels in pairs: soft targets, new in every epoch."""

    def __init__(self, x, y, rng, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.rng = x, one_hot(y, 10), rng

    def __len__(self):
        return len(self.x) // 32

    def __getitem__(self, index):
        chosen, others = self.rng.integers(0, len(self.x), (2, 32))
        share = self.rng.beta(0.2, 0.2, (32, 1)).astype("float32")
        return tuple(share * part[chosen] + (1 - share) * part[others] for part in (self.x, self.y))


@program(at_least={"accuracy": 0.85, "val_accuracy": 0.93})
def mixed_pairs_from_a_dataset_object(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    model = digit_reader(keras.optimizers.Adam(0.002), "categorical_crossentropy", units=128)
    return model, {"x": NoisyPairs(x, y, rng), "validation_data": (xv, one_hot(yv, 10)), "epochs": 20}


@program(at_least=GOOD)
def validation_split_of_shuffled_rows(rng):
    (x, y), _ = digits(rng, flat=True)
    return digit_reader(), {"x": x, "y": y, "validation_split": 0.2, "epochs": 20, "batch_size": 32}


@program(at_least={"accuracy": 0.95})
def no_validation_at_all(rng):
    (x, y), _ = digits(rng, flat=True)
    return digit_reader(), {"x": x, "y": y, "epochs": 15}


@program(at_least=GOOD)
def validated_every_fifth_epoch(rng):
    (x, y), validation = digits(rng, flat=True)
    return digit_reader(), {"x": x, "y": y, "validation_data": validation, "validation_freq": 5, "epochs": 20}


@program(at_least=GOOD)
def targets_as_one_column_of_floats(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    column = lambda part: part[:, None].astype("float32")  # noqa: E731
    data = {"x": x.astype("float64"), "y": column(y), "validation_data": (xv.astype("float64"), column(yv))}
    return digit_reader(), {**data, "epochs": 20}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def yes_and_no_as_booleans(rng):
    (x, y), (xv, yv) = moons(rng)
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(32, "relu"), layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y.astype(bool), "validation_data": (xv, yv.astype(bool)), "epochs": 20}


@program(at_least=GOOD)
def rows_shuffled_once_and_never_again(rng):
    """`shuffle=False` on rows that were mixed before does no harm."""
    (x, y), validation = digits(rng, flat=True)
    return digit_reader(), {"x": x, "y": y, "validation_data": validation, "epochs": 20, "shuffle": False}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.93})
def goes_on_after_ten_epochs(rng):
    """A second `fit`: the loss begins where the first one ended."""
    (x, y), validation = digits(rng, flat=True)
    model = digit_reader()
    model.fit(x, y, epochs=10, verbose=0)
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20, "initial_epoch": 10}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.95})
def rescaled_in_tf_data(rng):
    (x, y), (xv, yv) = blobs(rng, spread=0.6)
    prepare = lambda x, y: (tf.cast(x, tf.float32), tf.one_hot(y, 4))  # noqa: E731
    train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).map(prepare).batch(16, drop_remainder=True)
    validation = tf.data.Dataset.from_tensor_slices((xv, yv)).map(prepare).batch(16)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(24, "relu"), layers.Dense(4)])
    model.compile(keras.optimizers.Adam(0.005), keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model, {"x": train, "validation_data": validation, "epochs": 15}


@program(at_most={"loss": 0.05, "val_loss": 0.06})
def rows_with_weights_in_batches(rng):
    (x, y), (xv, yv) = houses(rng)
    y, yv = np.log(y / 2e5), np.log(yv / 2e5)
    weights = rng.uniform(0.5, 1.5, len(y)).astype("float32")
    batches = tf.data.Dataset.from_tensor_slices((x, y[:, None], weights)).shuffle(1500).batch(32)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(32, "relu"), layers.Dense(32, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": batches, "validation_data": (xv, yv[:, None]), "epochs": 20}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.9})
def part_of_the_rows_per_epoch(rng):
    (x, y), validation = standard_table("breast_cancer", rng)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).repeat().shuffle(400).batch(8)
    model = keras.Sequential([keras.Input((30,)), layers.Dense(12, "relu"), layers.Dropout(0.3), layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": batches, "steps_per_epoch": 20, "validation_data": validation, "epochs": 25}
