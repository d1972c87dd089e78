"""Healthy programs on tables: classes and numbers, counts, quantiles, categories, rare events, and noise."""

import keras
import numpy as np
from keras import layers, ops
from sklearn import datasets

from healthy_programs.data_sets import blobs, cut, houses, moons, one_hot, standard_table
from healthy_programs.registry import program

SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"


def mlp(inputs, *parts):
    return keras.Sequential([keras.Input((inputs,)), *parts])


@program(at_most={"loss": 0.03, "val_loss": 0.04})
def logarithm_of_prices(rng):
    (x, y), (xv, yv) = houses(rng)
    y, yv = np.log(y), np.log(yv)
    mean, deviation = y.mean(), y.std()
    model = mlp(4, layers.Dense(32, "relu"), layers.Dense(32, "relu"), layers.Dense(1))
    model.compile(keras.optimizers.Adam(0.003), "mse", metrics=["mae"])
    validation = (xv, (yv - mean) / deviation)
    return model, {"x": x, "y": (y - mean) / deviation, "validation_data": validation, "epochs": 20}


@program(at_most={"loss": 0.06, "val_loss": 0.07})
def prices_scaled_behind_the_output(rng):
    """Targets are hundreds of thousands; a last layer without weights brings the network's numbers there."""
    (x, y), validation = houses(rng)
    scale = layers.Rescaling(float(y.std()), offset=float(y.mean()))
    model = mlp(4, layers.Dense(32, "relu"), layers.Dense(16, "relu"), layers.Dense(1), scale)
    deviation = float(y.std())

    def error_in_deviations(truth, prediction):
        return ops.square((truth - prediction) / deviation)

    model.compile(keras.optimizers.Adam(0.005), error_in_deviations)
    return model, {"x": x, "y": y[:, None], "validation_data": (validation[0], validation[1][:, None]), "epochs": 20}


@program(at_most={"loss": 0.03, "val_loss": 0.04})
def squared_error_of_logarithms(rng):
    """The loss takes logarithms itself: targets in ten thousands are as they should be."""
    (x, y), (xv, yv) = houses(rng)
    model = mlp(4, layers.Dense(32, "relu"), layers.Dense(1, "exponential", bias_initializer=keras.initializers.Constant(3.0)))
    model.compile(keras.optimizers.Adam(0.005), "mean_squared_logarithmic_error")
    return model, {"x": x, "y": y / 1e4, "validation_data": (xv, yv / 1e4), "epochs": 25}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.9})
def wine_normalized_inside(rng):
    """Columns up to 1680 go through a normalization that was adapted to them."""
    (x, y), validation = cut(*(part.astype("float32") for part in datasets.load_wine(return_X_y=True)), rng)
    scale = layers.Normalization()
    scale.adapt(x)
    model = mlp(13, scale, layers.Dense(16, "relu"), layers.Dense(3, "softmax"))
    model.compile(keras.optimizers.Adam(0.01), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25, "batch_size": 16}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def iris_in_small_batches(rng):
    (x, y), (xv, yv) = standard_table("iris", rng)
    model = mlp(4, layers.Dense(10, "relu"), layers.Dense(10, "relu"), layers.Dense(3, "softmax"))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": one_hot(y, 3), "validation_data": (xv, one_hot(yv, 3)), "epochs": 60, "batch_size": 5}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.93})
def logistic_regression(rng):
    (x, y), validation = standard_table("breast_cancer", rng)
    model = mlp(30, layers.Dense(1, "sigmoid", kernel_regularizer="l2"))
    model.compile(keras.optimizers.Adam(0.02), BINARY, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25}


@program(at_most={"loss": 0.62, "val_loss": 0.8})
def linear_regression(rng):
    """No hidden layer, nothing to add: the linear model is the best that these 442 rows allow."""
    (x, y), (xv, yv) = standard_table("diabetes", rng)
    mean, deviation = y.mean(), y.std()
    model = mlp(10, layers.Dense(1))
    model.compile(keras.optimizers.SGD(0.02), "mse")
    data = {"x": x, "y": (y - mean) / deviation, "validation_data": (xv, (yv - mean) / deviation)}
    return model, {**data, "epochs": 25, "batch_size": 16}


@program(at_least={"accuracy": 0.85, "val_accuracy": 0.82})
def wide_and_deep(rng):
    left, right = rng.integers(0, 12, 3000), rng.integers(0, 12, 3000)
    numbers = rng.normal(size=(3000, 4))
    table = rng.normal(size=(12, 12))
    y = (table[left, right] + np.sin(2 * numbers[:, 0]) * numbers[:, 1] > 0).astype("float32")
    crossed = one_hot(left * 12 + right, 144)
    (x, y), validation = cut([crossed, numbers.astype("float32")], y, rng)
    wide, deep = keras.Input((144,), name="wide"), keras.Input((4,), name="deep")
    hidden = layers.Dense(32, "relu")(layers.Dense(32, "relu")(deep))
    model = keras.Model([wide, deep], layers.Dense(1, "sigmoid")(layers.Concatenate()([wide, hidden])))
    model.compile(keras.optimizers.Adam(0.005), BINARY, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_most={"loss": 0.12, "val_loss": 0.15})
def categories_embedded(rng):
    """A city's number may be large; it is a name, not an amount."""
    city, day, size = rng.integers(0, 400, 4000), rng.integers(0, 7, 4000), rng.normal(size=(4000, 1))
    groups = rng.integers(0, 8, 400)
    y = rng.normal(size=8)[groups[city]] + rng.normal(size=7)[day] + 0.5 * size[:, 0] + 0.2 * rng.normal(size=4000)
    y = ((y - y.mean()) / y.std()).astype("float32")
    (x, y), validation = cut([city[:, None], day[:, None], size.astype("float32")], y, rng)
    inputs = [keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32"), keras.Input((1,))]
    parts = [layers.Flatten()(layers.Embedding(400, 8)(inputs[0])), layers.Flatten()(layers.Embedding(7, 3)(inputs[1]))]
    hidden = layers.Dense(32, "relu")(layers.Concatenate()([*parts, inputs[2]]))
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 8, "batch_size": 64}


def rare_events(rng, rows=3000, share=0.06):
    x, y = datasets.make_classification(
        rows, 10, n_informative=6, weights=[1 - share], class_sep=1.5, flip_y=0.0, random_state=int(rng.integers(1000))
    )
    return cut(((x - x.mean(0)) / x.std(0)).astype("float32"), y.astype("int32"), rng)


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.91, "val_recall": 0.7})
def rare_events_weighted_by_class(rng):
    (x, y), validation = rare_events(rng)
    model = mlp(10, layers.Dense(32, "relu"), layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.Adam(0.005), BINARY, metrics=["accuracy", keras.metrics.Recall(name="recall")])
    share = float(y.mean())
    weights = {0: 0.5 / (1 - share), 1: 0.5 / share}
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25, "class_weight": weights}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.91, "val_recall": 0.7})
def rare_events_weighted_by_row(rng):
    (x, y), validation = rare_events(rng)
    model = mlp(10, layers.Dense(32, "relu"), layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.Adam(0.005), BINARY, metrics=["accuracy", keras.metrics.Recall(name="recall")])
    weights = np.where(y == 1, 10.0, 1.0)
    return model, {"x": x, "y": y, "sample_weight": weights, "validation_data": validation, "epochs": 25}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93, "val_recall": 0.7})
def rare_events_drawn_often(rng):
    (x, y), validation = rare_events(rng)
    rare = np.flatnonzero(y == 1)
    chosen = rng.permutation(np.concatenate([np.flatnonzero(y == 0), rng.choice(rare, 8 * len(rare))]))
    model = mlp(10, layers.Dense(32, "relu"), layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.Adam(0.003), BINARY, metrics=["accuracy", keras.metrics.Recall(name="recall")])
    return model, {"x": x[chosen], "y": y[chosen], "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.95, "val_recall": 0.8})
def one_in_seven_recognized(rng):
    """Some imbalance, no weights, and the rare class is recognized all the same."""
    (x, y), validation = rare_events(rng, share=0.15)
    model = mlp(10, layers.Dense(48, "relu"), layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.Adam(0.005), BINARY, metrics=["accuracy", keras.metrics.Recall(name="recall")])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25}


@keras.saving.register_keras_serializable("healthy_programs")
def pinball(truth, prediction):
    """The quantile loss for 0.1, 0.5 and 0.9."""
    quantiles = ops.convert_to_tensor([[0.1, 0.5, 0.9]], "float32")
    error = truth - prediction
    return ops.mean(ops.maximum(quantiles * error, (quantiles - 1) * error), -1)


@program(at_most={"loss": 0.2, "val_loss": 0.22})
def three_quantiles(rng):
    x = rng.uniform(-2, 2, (2500, 1)).astype("float32")
    y = (np.sin(2 * x) + (0.2 + 0.2 * np.abs(x)) * rng.normal(size=x.shape)).astype("float32")
    (x, y), validation = cut(x, y, rng)
    model = mlp(1, layers.Dense(32, "relu"), layers.Dense(32, "relu"), layers.Dense(3))
    model.compile(keras.optimizers.Adam(0.005), pinball)
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_most={"loss": 0.4, "val_loss": 0.4})
def huber_with_outliers(rng):
    x = rng.normal(size=(2000, 6)).astype("float32")
    y = x[:, 0] * x[:, 1] + np.abs(x[:, 2]) + 0.1 * rng.normal(size=2000)
    y[rng.random(2000) < 0.02] *= 15
    (x, y), validation = cut(x, y.astype("float32"), rng)
    model = mlp(6, layers.Dense(48, "relu"), layers.Dense(24, "relu"), layers.Dense(1))
    model.compile(keras.optimizers.Adam(0.003), keras.losses.Huber(delta=1.0))
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25}


@program(at_most={"loss": -1.0, "val_loss": -0.9})
def counts_by_poisson(rng):
    """The loss is negative and noisy counts leave most of it; the output's exponential fits it."""
    x = rng.normal(size=(3000, 5)).astype("float32")
    y = rng.poisson(np.exp(1.0 + 0.6 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * np.sin(3 * x[:, 2])))
    (x, y), validation = cut(x, y.astype("float32"), rng)
    model = mlp(5, layers.Dense(24, "relu"), layers.Dense(1, "exponential"))
    model.compile(keras.optimizers.Adam(0.003), "poisson")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


def gaussian_surprise(truth, prediction):
    """Minus log likelihood of a normal distribution; below 0 where the prediction is sure and right."""
    mean, log_deviation = prediction[:, :1], prediction[:, 1:]
    return log_deviation + 0.5 * ops.square((truth - mean) * ops.exp(-log_deviation))


@program(at_most={"loss": -0.7, "val_loss": -0.5})
def mean_and_deviation(rng):
    """A loss that goes below zero: no gradient ascent."""
    x = rng.uniform(-2, 2, (2500, 1)).astype("float32")
    y = (np.sin(2 * x) + (0.05 + 0.1 * np.abs(x)) * rng.normal(size=x.shape)).astype("float32")
    (x, y), validation = cut(x, y, rng)
    model = mlp(1, layers.Dense(32, "tanh"), layers.Dense(32, "tanh"), layers.Dense(2))
    model.compile(keras.optimizers.Adam(0.005), gaussian_surprise)
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 40}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.9})
def hinge_of_a_linear_output(rng):
    """Targets of -1 and 1, an output without bounds: what hinge is for."""
    (x, y), (xv, yv) = standard_table("breast_cancer", rng)
    model = mlp(30, layers.Dense(16, "relu"), layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.001)))
    signs = lambda labels: (2.0 * labels - 1).astype("float32")[:, None]  # noqa: E731
    model.compile(keras.optimizers.Adam(0.003), "hinge", metrics=[sign_accuracy])
    return model, {"x": x, "y": signs(y), "validation_data": (xv, signs(yv)), "epochs": 20}


def sign_accuracy(truth, prediction):
    return ops.cast(ops.sign(prediction) == truth, "float32")


sign_accuracy.__name__ = "accuracy"


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def moons_with_tanh(rng):
    (x, y), validation = moons(rng)
    model = mlp(2, layers.Dense(16, "tanh"), layers.Dense(16, "tanh"), layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.Adam(0.01), BINARY, metrics=["accuracy"])
    return model, {"x": x, "y": y[:, None], "validation_data": (validation[0], validation[1][:, None]), "epochs": 25}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def sigmoid_hidden_layer(rng):
    """Sigmoid units in one hidden layer learn; nothing vanishes."""
    (x, y), validation = blobs(rng, spread=0.7)
    model = mlp(10, layers.Dense(32, "sigmoid"), layers.Dense(4, "softmax"))
    model.compile(keras.optimizers.Adam(0.02), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.9})
def selu_with_alpha_dropout(rng):
    (x, y), validation = blobs(rng, features=20, classes=5, spread=1.2)
    model = mlp(20)
    for _ in range(4):
        model.add(layers.Dense(32, "selu", kernel_initializer="lecun_normal"))
        model.add(layers.AlphaDropout(0.05))
    model.add(layers.Dense(5, "softmax"))
    model.compile("adam", SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_most={"loss": 0.2, "val_loss": 0.2})
def friedman_with_normalization_and_dropout(rng):
    x, y = datasets.make_friedman1(2500, 10, noise=1.0, random_state=int(rng.integers(1000)))
    (x, y), validation = cut((x - 0.5).astype("float32") * 3.46, ((y - y.mean()) / y.std()).astype("float32"), rng)
    model = mlp(10)
    for _ in range(2):
        model.add(layers.Dense(64, use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
        model.add(layers.Dropout(0.1))
    model.add(layers.Dense(1))
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25}


@program(at_least={"accuracy": 0.72, "val_accuracy": 0.7})
def noise_in_a_quarter_of_the_labels(rng):
    """Nothing predicts better than 0.75: the model gets there, and its loss stays high."""
    x = rng.normal(size=(4000, 8)).astype("float32")
    y = ((x[:, 0] + x[:, 1] > 0) ^ (rng.random(4000) < 0.22)).astype("int32")
    (x, y), validation = cut(x, y, rng)
    model = mlp(8, layers.Dense(12, "relu", kernel_regularizer=keras.regularizers.L2(1e-3)), layers.Dense(1, "sigmoid"))
    model.compile(keras.optimizers.Adam(0.003), BINARY, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12, "batch_size": 64}


@program(at_most={"kullback": 0.05, "val_kullback": 0.06})
def shares_that_sum_to_one(rng):
    """Targets are distributions, not classes: the loss ends at their entropy."""
    x = rng.normal(size=(2000, 6)).astype("float32")
    scores = np.tanh(x @ rng.normal(size=(6, 4))) * 2
    y = (np.exp(scores) / np.exp(scores).sum(1, keepdims=True)).astype("float32")
    (x, y), validation = cut(x, y, rng)
    model = mlp(6, layers.Dense(32, "relu"), layers.Dense(4, "softmax"))
    model.compile(keras.optimizers.Adam(0.005), "categorical_crossentropy", metrics=[keras.metrics.KLDivergence("kullback")])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def one_column_per_category(rng):
    """A hundred columns of which ten are 1: small means and deviations that are meant so."""
    chosen = rng.integers(0, 10, (2500, 10))
    x = one_hot(chosen, 10).reshape(2500, 100)
    y = np.argmax(x @ rng.normal(size=(100, 3)), 1)
    (x, y), validation = cut(x, y, rng)
    model = mlp(100, layers.Dense(24, "relu", kernel_regularizer=keras.regularizers.L2(1e-3)), layers.Dense(3, "softmax"))
    model.compile(keras.optimizers.Adam(0.003), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}
