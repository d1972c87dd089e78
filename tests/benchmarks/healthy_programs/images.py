"""Healthy programs on images: convolutional networks of several fashions, segmentation, places, larger images from small."""

import keras
import numpy as np
from keras import layers

from healthy_programs.data_sets import cut, digits, one_hot, shapes
from healthy_programs.registry import program

SPARSE = "sparse_categorical_crossentropy"
GOOD = {"accuracy": 0.96, "val_accuracy": 0.93}


def read_digits(rng, model, optimizer, epochs=12, **fit):
    (x, y), validation = digits(rng)
    model.compile(optimizer, SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": epochs, **fit}


@program(at_least=GOOD)
def convolution_normalization_relu(rng):
    inputs = hidden = keras.Input((8, 8, 1))
    for filters in (16, 32):
        hidden = layers.Conv2D(filters, 3, padding="same", use_bias=False)(hidden)
        hidden = layers.Activation("relu")(layers.BatchNormalization()(hidden))
        hidden = layers.MaxPooling2D()(hidden)
    outputs = layers.Dense(10, "softmax")(layers.GlobalAveragePooling2D()(hidden))
    return read_digits(rng, keras.Model(inputs, outputs), keras.optimizers.Adam(0.005))


@program(at_least={"accuracy": 0.94, "val_accuracy": 0.92})
def separable_convolutions(rng):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.SeparableConv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(64, 3, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, "softmax"),
        ]
    )
    return read_digits(rng, model, keras.optimizers.Adam(0.005), 15)


@program(at_least=GOOD)
def depthwise_with_swish(rng):
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(32, 3, padding="same", activation="swish")(inputs)
    for _ in range(2):
        inner = layers.LayerNormalization()(layers.DepthwiseConv2D(3, padding="same")(hidden))
        inner = layers.Conv2D(32, 1)(layers.Conv2D(64, 1, activation="gelu")(inner))
        hidden = layers.Add()([hidden, inner])
    outputs = layers.Dense(10)(layers.GlobalAveragePooling2D()(hidden))
    model = keras.Model(inputs, outputs)
    (x, y), validation = digits(rng)
    model.compile(
        keras.optimizers.AdamW(0.003, weight_decay=0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


@program(at_least={"accuracy": 0.9, "val_accuracy": 0.93})
def moved_and_turned_while_training(rng):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
            layers.RandomRotation(0.03, fill_mode="constant"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10, "softmax"),
        ]
    )
    return read_digits(rng, model, keras.optimizers.Adam(0.003), 15)


@program(at_least=GOOD)
def grey_levels_rescaled_inside(rng):
    """The data are whole numbers up to 255; the first layer divides them."""
    (x, y), (xv, yv) = digits(rng, scale=16 / 255)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.002), SPARSE, metrics=["accuracy"])
    data = {"x": x.astype("uint8"), "y": y, "validation_data": (xv.astype("uint8"), yv)}
    return model, {**data, "epochs": 15, "batch_size": 32}


@program(at_least=GOOD)
def grey_levels_normalized_by_batches(rng):
    """Raw pixels meet a batch normalization first, which is as good as dividing them."""
    (x, y), validation = digits(rng, scale=16 / 255, flat=True)
    model = keras.Sequential(
        [keras.Input((64,)), layers.BatchNormalization(), layers.Dense(64, "relu"), layers.Dense(10, "softmax")]
    )
    model.compile(keras.optimizers.Adam(0.002), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


@program(at_least=GOOD)
def residual_blocks(rng):
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(16, 3, padding="same", use_bias=False)(inputs)
    for number, filters in enumerate((16, 32)):
        short, first = hidden, 1 + number
        hidden = layers.ReLU()(layers.BatchNormalization()(hidden))
        hidden = layers.Conv2D(filters, 3, first, "same", use_bias=False)(hidden)
        hidden = layers.ReLU()(layers.BatchNormalization()(hidden))
        hidden = layers.Conv2D(filters, 3, padding="same", use_bias=False)(hidden)
        short = short if number == 0 else layers.Conv2D(filters, 1, 2)(short)
        hidden = layers.Add()([short, hidden])
    outputs = layers.Dense(10, "softmax")(layers.GlobalAveragePooling2D()(layers.ReLU()(hidden)))
    return read_digits(rng, keras.Model(inputs, outputs), keras.optimizers.SGD(0.05, momentum=0.9), 10)


@program(at_least=GOOD)
def every_layer_sees_all_before(rng):
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(16, 3, padding="same")(inputs)
    for _ in range(3):
        new = layers.ReLU()(layers.BatchNormalization()(hidden))
        hidden = layers.Concatenate()([hidden, layers.Conv2D(12, 3, padding="same")(new)])
    outputs = layers.Dense(10, "softmax")(layers.GlobalMaxPooling2D()(hidden))
    return read_digits(rng, keras.Model(inputs, outputs), keras.optimizers.Adam(0.003), 10)


@program(at_least=GOOD)
def squeeze_and_excite(rng):
    """Sigmoid gates in the middle are multiplied, not learned through."""
    inputs = keras.Input((8, 8, 1))
    hidden = inputs
    for filters in (16, 32):
        hidden = layers.Conv2D(filters, 3, padding="same", activation="relu")(hidden)
        gate = layers.Dense(filters // 4, "relu")(layers.GlobalAveragePooling2D()(hidden))
        gate = layers.Reshape((1, 1, filters))(layers.Dense(filters, "sigmoid")(gate))
        hidden = layers.MaxPooling2D()(layers.Multiply()([hidden, gate]))
    outputs = layers.Dense(10, "softmax")(layers.Flatten()(hidden))
    return read_digits(rng, keras.Model(inputs, outputs), keras.optimizers.Adam(0.005), 12)


@program(at_least={"accuracy": 0.9, "val_accuracy": 0.93})
def spatial_dropout_and_group_normalization(rng):
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, 3, padding="same"))
        model.add(layers.GroupNormalization(4))
        model.add(layers.LeakyReLU(0.1))
        model.add(layers.SpatialDropout2D(0.1))
        model.add(layers.AveragePooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(10, "softmax"))
    return read_digits(rng, model, keras.optimizers.Adam(0.005), 15)


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.97}, at_most={"val_loss": 0.12})
def segmentation(rng):
    """One pixel in ten belongs to the shape, and the network finds it: an imbalance that does no harm."""
    images, _, masks, _ = shapes(rng)
    (x, y), validation = cut(images, masks, rng)
    inputs = keras.Input((16, 16, 1))
    fine = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    coarse = layers.Conv2D(16, 3, padding="same", activation="relu")(layers.MaxPooling2D()(fine))
    coarse = layers.Conv2DTranspose(8, 2, strides=2, activation="relu")(coarse)
    merged = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.Concatenate()([fine, coarse]))
    model = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(merged))
    model.compile(keras.optimizers.Adam(0.005), "binary_crossentropy", metrics=[keras.metrics.BinaryAccuracy("accuracy")])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12, "batch_size": 16}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.95})
def segmentation_into_classes(rng):
    images, kind, masks, _ = shapes(rng)
    (x, y), validation = cut(images, (masks[..., 0] * (1 + kind[:, None, None])).astype("int32"), rng)
    inputs = hidden = keras.Input((16, 16, 1))
    for rate in (1, 2, 4):
        hidden = layers.Conv2D(16, 3, padding="same", dilation_rate=rate, activation="relu")(hidden)
    model = keras.Model(inputs, layers.Conv2D(4, 1, activation="softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.005), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15, "batch_size": 16}


@program(at_most={"loss": 0.004, "val_loss": 0.004})
def where_the_shape_is(rng):
    """Regression of two coordinates in [0, 1] with a sigmoid output: its range is that of the targets."""
    images, _, _, centres = shapes(rng, rows=1000, noise=0.1)
    (x, y), validation = cut(images, centres, rng)
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, "relu"),
            layers.Dense(2, "sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), "mse", metrics=["mae"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_least={"accuracy": 0.93, "val_accuracy": 0.88})
def shapes_by_strides(rng):
    images, kind, _, _ = shapes(rng, rows=3000, noise=0.05)
    (x, y), (xv, yv) = cut(images, one_hot(kind, 3), rng)
    model = keras.Sequential([keras.Input((16, 16, 1)), layers.ZeroPadding2D(1)])
    for filters, strides in ((16, 1), (32, 2), (32, 2)):
        model.add(layers.Conv2D(filters, 3, strides=strides, activation="elu", kernel_initializer="he_uniform"))
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(3, "softmax"))
    model.compile(keras.optimizers.Adam(0.002), "categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": (xv, yv), "epochs": 12}


@program(at_most={"loss": 0.02, "val_loss": 0.02})
def larger_from_smaller(rng):
    """Super-resolution: a linear last convolution, targets in [0, 1]."""
    images, _, _, _ = shapes(rng, noise=0.02)
    small = images.reshape(-1, 8, 2, 8, 2, 1).mean((2, 4))
    (x, y), validation = cut(small, images, rng)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(1, 3, padding="same"),
        ]
    )
    model.compile("adam", "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 10, "batch_size": 16}


@program(at_least={"accuracy": 0.96, "val_accuracy": 0.92})
def lenet_with_tanh(rng):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(6, 3, padding="same", activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 3, activation="tanh"),
            layers.Flatten(),
            layers.Dense(48, "tanh"),
            layers.Dense(10, "softmax"),
        ]
    )
    return read_digits(rng, model, keras.optimizers.SGD(0.1), 25)


@program(at_least=GOOD)
def inputs_of_zero_mean_by_adapt(rng):
    (x, y), validation = digits(rng, scale=1.0)
    scale = layers.Normalization(axis=None)
    scale.adapt(x)
    model = keras.Sequential([keras.Input((8, 8, 1)), scale, layers.Conv2D(24, 3, activation="relu"), layers.Flatten()])
    model.add(layers.Dense(10, "softmax", kernel_regularizer=keras.regularizers.L2(1e-4)))
    model.compile(keras.optimizers.Adam(0.003), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 12}


@program(at_least={"accuracy": 0.97, "val_accuracy": 0.9})
def few_colours_of_tiles(rng):
    """Three colour channels, 20 classes of which each is a mean colour; SGD with a rate of 0.2."""
    y = rng.integers(0, 8, 1600)
    colours = np.array([[r, g, b] for r in (0.2, 0.8) for g in (0.2, 0.8) for b in (0.2, 0.8)])
    x = np.clip(colours[y][:, None, None] + 0.25 * rng.normal(size=(1600, 8, 8, 3)), 0, 1).astype("float32")
    (x, y), validation = cut(x, y, rng)
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(12, 3, activation="relu"), layers.GlobalAveragePooling2D()])
    model.add(layers.Dense(8, "softmax"))
    model.compile(keras.optimizers.SGD(0.2, momentum=0.9), SPARSE, metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}
