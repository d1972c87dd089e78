"""Healthy programs with each optimizer at a learning rate that suits it, schedules, and ways to average or to stop."""

import keras
from keras import layers

from healthy_programs.data_sets import blobs, digits, moons, one_hot, standard_table
from healthy_programs.registry import program
from keras_tips import schedules

SPARSE = "sparse_categorical_crossentropy"
GOOD = {"accuracy": 0.95, "val_accuracy": 0.92}


def reads_digits(rng, optimizer, epochs=15, batch_size=32, normalized=False, steps_per_execution=1, **fit):
    """A network of one or two hidden layers on the digits."""
    (x, y), validation = digits(rng, flat=True)
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(2 if normalized else 1):
        model.add(layers.Dense(64, use_bias=not normalized))
        if normalized:
            model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
    model.add(layers.Dense(10, "softmax"))
    model.compile(optimizer, SPARSE, metrics=["accuracy"], steps_per_execution=steps_per_execution)
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": epochs, "batch_size": batch_size, **fit}


@program(at_least=GOOD)
def adadelta_at_one(rng):
    return reads_digits(rng, keras.optimizers.Adadelta(1.0))


@program(at_least=GOOD)
def sgd_at_a_half_on_normalized_layers(rng):
    return reads_digits(rng, keras.optimizers.SGD(0.5), 10, normalized=True)


@program(at_least=GOOD)
def sgd_with_nesterov(rng):
    return reads_digits(rng, keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True))


@program(at_least=GOOD)
def lion_small(rng):
    return reads_digits(rng, keras.optimizers.Lion(3e-4, weight_decay=0.01), 20)


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def adafactor(rng):
    (x, y), validation = blobs(rng, spread=0.7)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(32, "relu"), layers.Dense(4, "softmax")])
    model.compile(keras.optimizers.Adafactor(0.05), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def ftrl_logistic(rng):
    (x, y), validation = standard_table("breast_cancer", rng)
    model = keras.Sequential([keras.Input((30,)), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.001), "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_least=GOOD)
def rmsprop_with_momentum(rng):
    return reads_digits(rng, keras.optimizers.RMSprop(5e-4, momentum=0.9))


@program(at_least=GOOD)
def adagrad_at_a_tenth(rng):
    return reads_digits(rng, keras.optimizers.Adagrad(0.1))


@program(at_least=GOOD)
def nadam_with_decay(rng):
    rate = keras.optimizers.schedules.ExponentialDecay(0.005, 200, 0.7)
    return reads_digits(rng, keras.optimizers.Nadam(rate))


@program(at_least=GOOD)
def adamax(rng):
    return reads_digits(rng, keras.optimizers.Adamax(0.005), 20)


@program(at_least=GOOD)
def lamb_in_large_batches(rng):
    return reads_digits(rng, keras.optimizers.Lamb(0.005), 30, batch_size=128)


@program(at_least=GOOD)
def muon(rng):
    return reads_digits(rng, keras.optimizers.Muon(0.003), 15)


@program(at_least=GOOD)
def adam_with_amsgrad_and_clipping(rng):
    return reads_digits(rng, keras.optimizers.Adam(0.003, amsgrad=True, global_clipnorm=0.5))


@program(at_least=GOOD)
def cosine_with_restarts(rng):
    """Each restart throws the loss up; that is the plan."""
    rate = keras.optimizers.schedules.CosineDecayRestarts(0.2, 45 * 3, t_mul=2.0, m_mul=0.8)
    return reads_digits(rng, keras.optimizers.SGD(rate, momentum=0.9), 21)


@program(at_least=GOOD)
def triangles_up_and_down(rng):
    rate = schedules.Triangular(1e-3, 0.1, 90)
    return reads_digits(rng, keras.optimizers.SGD(rate, momentum=0.9), 16)


@program(at_least=GOOD)
def warmup_and_cosine(rng):
    rate = keras.optimizers.schedules.CosineDecay(1e-4, 600, alpha=0.01, warmup_target=0.01, warmup_steps=90)
    return reads_digits(rng, keras.optimizers.AdamW(rate, weight_decay=0.02))


@program(at_least=GOOD)
def steps_down_by_epoch(rng):
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch and epoch % 5 == 0 else rate)
    return reads_digits(rng, keras.optimizers.Adam(0.005), callbacks=[halve])


@program(at_least=GOOD)
def reduced_on_plateau_and_stopped(rng):
    calls = [
        keras.callbacks.ReduceLROnPlateau(patience=3, factor=0.3),
        keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True),
    ]
    return reads_digits(rng, keras.optimizers.Adam(0.005), 40, callbacks=calls)


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.92})
def early_stopping_restores(rng):
    (x, y), validation = moons(rng, noise=0.2)
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(1, "sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping("val_loss", patience=8, restore_best_weights=True)
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 60, "callbacks": [stop]}


@program(at_least=GOOD)
def moving_average_of_weights(rng):
    return reads_digits(rng, keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.98), 15)


@program(at_least=GOOD)
def gradients_accumulated(rng):
    return reads_digits(rng, keras.optimizers.Adam(0.005, gradient_accumulation_steps=4), 15, batch_size=16)


@program(at_least=GOOD)
def many_steps_per_execution(rng):
    return reads_digits(rng, keras.optimizers.Adam(0.002), steps_per_execution=16)


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def one_row_at_a_time(rng):
    (x, y), validation = blobs(rng, rows=500, spread=0.7)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(16, "relu"), layers.Dense(4, "softmax")])
    model.compile(keras.optimizers.SGD(0.01), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 8, "batch_size": 1}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def all_rows_at_once(rng):
    (x, y), validation = blobs(rng, rows=600, spread=0.8)
    model = keras.Sequential([keras.Input((10,)), layers.Dense(32, "relu"), layers.Dense(4, "softmax")])
    model.compile(keras.optimizers.Adam(0.02), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 60, "batch_size": 480}


@program(at_least={"accuracy": 0.96, "val_accuracy": 0.93})
def labels_smoothed(rng):
    """The loss cannot go below the entropy of the smoothed labels."""
    (x, y), (xv, yv) = digits(rng, flat=True)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(0.002), keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    return model, {"x": x, "y": one_hot(y, 10), "validation_data": (xv, one_hot(yv, 10)), "epochs": 20}


@program(at_least=GOOD)
def half_precision(rng):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return reads_digits(rng, keras.optimizers.Adam(0.002))
    finally:
        keras.config.set_dtype_policy("float32")


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def one_cycle(rng):
    (x, y), validation = digits(rng)
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(24, 3, use_bias=False), layers.BatchNormalization()])
    for layer in (layers.ReLU(), layers.Flatten(), layers.Dense(10, "softmax")):
        model.add(layer)
    model.compile(keras.optimizers.SGD(schedules.OneCycle(0.2, 450), momentum=0.9), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 10}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def large_and_decayed(rng):
    """Far more weights than rows, dropout and weight decay keep them from harm."""
    (x, y), validation = digits(rng, flat=True)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(512, "relu"), layers.Dropout(0.5), layers.Dense(256, "relu")])
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, "softmax"))
    model.compile(keras.optimizers.AdamW(0.001, weight_decay=0.05), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}
