"""Healthy programs with layers, initializers and regularizers of keras_tips, and with models written as classes."""

import keras
from keras import layers
from sklearn import datasets

from healthy_programs.data_sets import blobs, cut, digits, standard_table
from healthy_programs.registry import program
from keras_tips import initializers, regularizers
from keras_tips import layers as ours

SPARSE = "sparse_categorical_crossentropy"
GOOD = {"accuracy": 0.95, "val_accuracy": 0.92}


def reads_digits(rng, parts, optimizer="adam", epochs=15, flat=True, prepare=None, **fit):
    (x, y), validation = digits(rng, flat=flat)
    model = keras.Sequential([keras.Input(x.shape[1:]), *parts, layers.Dense(10, "softmax")])
    if prepare is not None:
        prepare(model, x)
    model.compile(optimizer, SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": epochs, **fit}


@program(at_least=GOOD)
def maxout_with_dropout(rng):
    parts = [ours.MaxoutDense(48, pieces=3), layers.Dropout(0.3), ours.MaxoutDense(32, pieces=2), layers.Dropout(0.2)]
    return reads_digits(rng, parts)


@program(at_least=GOOD)
def maxout_convolutions(rng):
    parts = [ours.MaxoutConv2D(16, 3, pieces=2), layers.MaxPooling2D(), ours.MaxoutConv2D(24, 3), layers.Flatten()]
    return reads_digits(rng, parts, keras.optimizers.Adam(0.003), flat=False)


@program(at_least=GOOD)
def learned_slopes(rng):
    parts = [layers.Dense(64), ours.PReLU(), layers.Dense(32), layers.PReLU()]
    return reads_digits(rng, parts)


@program(at_least=GOOD)
def classic_dropout(rng):
    """Scales at inference instead of in training, which is just as right."""
    parts = [layers.Dense(128, "relu"), ours.ClassicDropout(0.4)]
    return reads_digits(rng, parts, epochs=20)


@program(at_least=GOOD)
def residual_blocks_of_ours(rng):
    parts = [layers.Conv2D(16, 3, padding="same"), ours.ResidualBlock(16), layers.MaxPooling2D(), ours.ResidualBlock(32)]
    return reads_digits(rng, [*parts, layers.GlobalAveragePooling2D()], keras.optimizers.Adam(0.005), 10, flat=False)


@program(at_least=GOOD)
def local_response_normalization(rng):
    parts = [layers.Conv2D(32, 3, activation="relu"), ours.LocalResponseNormalization(2, alpha=0.01), layers.Flatten()]
    return reads_digits(rng, parts, keras.optimizers.Adam(0.002), flat=False)


@program(at_least=GOOD)
def variance_of_one_at_the_start(rng):
    parts = [layers.Dense(64, "relu") for _ in range(4)]
    return reads_digits(rng, parts, prepare=lambda model, x: initializers.lsuv(model, x[:256], seed=0))


@program(at_least=GOOD)
def tanh_with_its_initializer(rng):
    parts = [layers.Dense(48, "tanh", kernel_initializer=initializers.GlorotForActivation("tanh")) for _ in range(3)]
    return reads_digits(rng, parts, keras.optimizers.SGD(0.05, momentum=0.9))


@program(at_least=GOOD)
def penalty_on_kernels_only(rng):
    parts = [layers.Dense(64, "relu"), layers.Dense(32, "relu")]
    penalty = regularizers.Lp(2, 1e-4)
    return reads_digits(rng, parts, prepare=lambda model, x: regularizers.apply_to_kernels(model, penalty))


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.9})
def whitened_inputs(rng):
    (x, y), validation = cut(*datasets.load_wine(return_X_y=True), rng)
    whiten = ours.PCAWhitening()
    whiten.adapt(x.astype("float32"))
    model = keras.Sequential([keras.Input((13,)), whiten, layers.Dense(16, "relu"), layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20, "batch_size": 16}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def columns_between_minus_one_and_one(rng):
    (x, y), validation = cut(*datasets.load_breast_cancer(return_X_y=True), rng)
    scale = ours.MinMaxScaling()
    scale.adapt(x.astype("float32"))
    model = keras.Sequential([keras.Input((30,)), scale, layers.Dense(16, "relu"), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 25}


class TwoPaths(keras.Model):
    """A model as a class: layers in `__init__`, their order in `call`."""

    def __init__(self):
        super().__init__()
        self.left, self.right = layers.Dense(24, "relu"), layers.Dense(24, "tanh")
        self.drop, self.last = layers.Dropout(0.2), layers.Dense(4, "softmax")

    def call(self, x, training=False):
        return self.last(self.drop(self.left(x) + self.right(x), training=training))


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93})
def model_as_a_class(rng):
    (x, y), validation = blobs(rng, spread=0.8)
    model = TwoPaths()
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


class ScaledDense(layers.Layer):
    """A layer of one's own with weights and an activation in its call."""

    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="he_normal", name="kernel")
        self.gain = self.add_weight(shape=(self.units,), initializer="ones", name="gain")

    def call(self, x):
        return keras.ops.relu((x @ self.kernel) * self.gain)


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def layers_of_ones_own(rng):
    (x, y), validation = standard_table("breast_cancer", rng)
    model = keras.Sequential([ScaledDense(16), ScaledDense(8), layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 8}


@program(at_least=GOOD)
def ten_layers_with_normalization(rng):
    parts = []
    for _ in range(10):
        parts += [layers.Dense(32, use_bias=False, kernel_initializer="he_normal"), layers.BatchNormalization()]
        parts += [layers.ReLU()]
    return reads_digits(rng, parts, keras.optimizers.Adam(0.003), 20)


@program(at_least=GOOD)
def eight_residual_layers(rng):
    (x, y), validation = digits(rng, flat=True)
    inputs = keras.Input((64,))
    hidden = layers.Dense(48)(inputs)
    for _ in range(8):
        inner = layers.Dense(48, "relu")(layers.LayerNormalization()(hidden))
        hidden = layers.Add()([hidden, layers.Dense(48)(inner)])
    model = keras.Model(inputs, layers.Dense(10, "softmax")(layers.LayerNormalization()(hidden)))
    model.compile("adam", SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.9})
def noise_on_inputs_and_l1_on_activity(rng):
    (x, y), validation = digits(rng, flat=True)
    model = keras.Sequential(
        [keras.Input((64,)), layers.GaussianNoise(0.1), layers.Dense(256, "relu", activity_regularizer=small_l1())]
    )
    model.add(layers.Dense(10, "softmax"))
    model.compile("adam", SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 20}


def small_l1():
    return keras.regularizers.L1(1e-4)
