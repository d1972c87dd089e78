"""Healthy programs whose loss is their own: autoencoders, variational ones, contrast, denoising, adversaries, rewards."""

import keras
import numpy as np
from keras import layers, ops

from healthy_programs.data_sets import blobs, cut, digits, moons
from healthy_programs.registry import program


@program(at_most={"loss": 0.03, "val_loss": 0.035})
def autoencoder_with_a_narrow_middle(rng):
    (x, _), (xv, _) = digits(rng, flat=True)
    sizes = (48, 16, 48)
    model = keras.Sequential([keras.Input((64,)), *[layers.Dense(size, "relu") for size in sizes], layers.Dense(64, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": x, "y": x, "validation_data": (xv, xv), "epochs": 25}


@program(at_most={"loss": 0.34, "val_loss": 0.35})
def autoencoder_by_cross_entropy(rng):
    """Grey pixels are no classes: the loss ends at their entropy, above 0.3."""
    (x, _), (xv, _) = digits(rng, flat=True)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(24, "relu"), layers.Dense(64, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
    return model, {"x": x, "y": x, "validation_data": (xv, xv), "epochs": 25}


@program(at_most={"loss": 0.025, "val_loss": 0.025})
def denoising_convolutions(rng):
    (x, _), (xv, _) = digits(rng)
    noisy = lambda part: (part + 0.3 * rng.normal(size=part.shape)).astype("float32")  # noqa: E731
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for _ in range(3):
        model.add(layers.Conv2D(24, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(1, 3, padding="same"))
    model.compile(keras.optimizers.Adam(0.002), "mse")
    return model, {"x": noisy(x), "y": x, "validation_data": (noisy(xv), xv), "epochs": 10}


class Draw(layers.Layer):
    """Draws from a normal distribution, and adds its distance from the standard one to the loss."""

    def __init__(self, weight=0.02, **kwargs):
        super().__init__(**kwargs)
        self.weight, self.seeds = weight, keras.random.SeedGenerator(1)

    def call(self, inputs):
        mean, logarithm = inputs
        distance = -0.5 * ops.mean(1 + logarithm - ops.square(mean) - ops.exp(logarithm))
        self.add_loss(self.weight * distance)
        return mean + ops.exp(0.5 * logarithm) * keras.random.normal(ops.shape(mean), seed=self.seeds)


@program(at_most={"loss": 0.06, "val_loss": 0.06})
def variational_autoencoder(rng):
    """Its loss has two parts that work against each other; it ends above zero."""
    (x, _), (xv, _) = digits(rng, flat=True)
    inputs = keras.Input((64,))
    hidden = layers.Dense(64, "relu")(inputs)
    code = Draw(0.01)([layers.Dense(12)(hidden), layers.Dense(12)(hidden)])
    model = keras.Model(inputs, layers.Dense(64, "sigmoid")(layers.Dense(64, "relu")(code)))
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": x, "y": x, "validation_data": (xv, xv), "epochs": 25}


class Contrast(keras.Model):
    """Two noisy views of a row shall be nearer to each other than to all others of the batch."""

    def __init__(self, features):
        super().__init__()
        self.tower = keras.Sequential([keras.Input((features,)), layers.Dense(64, "relu"), layers.Dense(16)])
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, x, training=False):
        return self.tower(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        views = [x + 0.1 * keras.random.normal(ops.shape(x), seed=self.seeds) for _ in range(2)]
        left, right = [ops.normalize(self.tower(view), axis=-1) for view in views]
        scores = ops.matmul(left, ops.transpose(right)) / 0.2
        return ops.mean(keras.losses.sparse_categorical_crossentropy(ops.arange(ops.shape(x)[0]), scores, from_logits=True))


@program(at_most={"loss": 2.0})
def contrast_without_labels(rng):
    (x, _), _ = digits(rng, flat=True)
    model = Contrast(64)
    model.compile(keras.optimizers.Adam(0.002))
    return model, {"x": x[:1408], "epochs": 12, "batch_size": 64}


@program(at_most={"loss": 0.75, "val_loss": 0.8})
def noise_predicted_for_diffusion(rng):
    """What noise was added to a point can only be guessed in part."""
    (x, _), (xv, _) = moons(rng, rows=2500, noise=0.05)

    def noised(points):
        level, noise = rng.uniform(0.05, 0.95, (len(points), 1)), rng.normal(size=points.shape)
        return np.hstack([np.sqrt(1 - level) * points + np.sqrt(level) * noise, level]).astype("float32"), noise.astype(
            "float32"
        )

    (x, y), validation = noised(np.tile(x, (3, 1))), noised(xv)
    model = keras.Sequential([keras.Input((3,)), *[layers.Dense(64, "swish") for _ in range(3)], layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.003), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 8, "batch_size": 64}


class Adversaries(keras.Model):
    """A generator of points and a discriminator that take turns in each step."""

    def __init__(self):
        super().__init__()
        sizes = ((8, 2), (2, 1))
        self.generator, self.discriminator = [
            keras.Sequential(
                [keras.Input((inputs,)), layers.Dense(32, "relu"), layers.Dense(32, "relu"), layers.Dense(outputs)]
            )
            for inputs, outputs in sizes
        ]
        self.seeds = keras.random.SeedGenerator(0)
        self.surprise = keras.losses.BinaryCrossentropy(from_logits=True)

    def compile(self, rate):
        super().compile()
        self.of_generator, self.of_discriminator = (keras.optimizers.Adam(rate, beta_1=0.5) for _ in range(2))

    def call(self, noise):
        return self.generator(noise)

    def train_step(self, data):
        import tensorflow as tf

        real = data[0] if isinstance(data, tuple) else data
        noise = keras.random.normal((ops.shape(real)[0], 8), seed=self.seeds)
        with tf.GradientTape() as tape:
            told = [self.discriminator(points) for points in (real, self.generator(noise))]
            loss = self.surprise(ops.ones_like(told[0]), told[0]) + self.surprise(ops.zeros_like(told[1]), told[1])
        weights = self.discriminator.trainable_variables
        self.of_discriminator.apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            told = self.discriminator(self.generator(noise))
            other = self.surprise(ops.ones_like(told), told)
        weights = self.generator.trainable_variables
        self.of_generator.apply(tape.gradient(other, weights), weights)
        return {"discriminator_loss": loss, "generator_loss": other}


@program(at_most={"generator_loss": 1.5}, at_least={"discriminator_loss": 0.8}, backends=("tensorflow",))
def generator_against_discriminator(rng):
    """Both losses stay where they are when all is well: each gets better, and so does the other."""
    (x, _), _ = moons(rng, rows=2560)
    model = Adversaries()
    model.compile(0.001)
    return model, {"x": x, "epochs": 15, "batch_size": 64}


class Weighted(keras.Model):
    """A train step by hand, the same as Keras's, with the gradient's norm logged."""

    def train_step(self, data):
        import tensorflow as tf

        x, y = data
        with tf.GradientTape() as tape:
            prediction = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=prediction)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, prediction)
        return {metric.name: metric.result() for metric in self.metrics}


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.93}, backends=("tensorflow",))
def train_step_by_hand(rng):
    (x, y), validation = blobs(rng, spread=0.8)
    inputs = keras.Input((10,))
    model = Weighted(inputs, layers.Dense(4, "softmax")(layers.Dense(32, "relu")(inputs)))
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@program(at_most={"loss": 0.1, "val_loss": 0.12})
def values_of_moves(rng):
    """Targets for one action of three, as when learning by rewards; a mask leaves the others out."""
    state, move = rng.uniform(-1, 1, (3000, 4)).astype("float32"), rng.integers(0, 3, 3000)
    values = np.tanh(state @ rng.normal(size=(4, 3)) * 2)
    y = np.zeros((3000, 3), "float32")
    y[np.arange(3000), move] = values[np.arange(3000), move] + 0.05 * rng.normal(size=3000)
    mask = np.eye(3, dtype="float32")[move]
    (x, y), validation = cut([state, mask], y, rng)
    inputs = [keras.Input((4,)), keras.Input((3,))]
    hidden = layers.Dense(48, "relu")(layers.Dense(48, "relu")(inputs[0]))
    model = keras.Model(inputs, layers.Multiply()([layers.Dense(3)(hidden), inputs[1]]))
    model.compile(keras.optimizers.Adam(0.002), "mse")
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}


@keras.saving.register_keras_serializable("healthy_programs")
def focal(truth, prediction):
    """Cross-entropy that leaves aside what is recognized already."""
    sure = ops.clip(ops.sum(truth * prediction, -1), 1e-7, 1.0)
    return -ops.square(1 - sure) * ops.log(sure)


@program(at_least={"accuracy": 0.95, "val_accuracy": 0.92})
def focal_loss_on_digits(rng):
    (x, y), (xv, yv) = digits(rng, flat=True)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(0.003), focal, metrics=[keras.metrics.CategoricalAccuracy("accuracy")])
    one = np.eye(10, dtype="float32")
    return model, {"x": x, "y": one[y], "validation_data": (xv, one[yv]), "epochs": 15}


@program(at_most={"loss": -0.93, "val_loss": -0.9})
def direction_by_cosine(rng):
    """Cosine similarity as a loss goes from 0 down to -1."""
    x = rng.normal(size=(2000, 6)).astype("float32")
    (x, y), validation = cut(x, np.tanh(x @ rng.normal(size=(6, 3))).astype("float32"), rng)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(32, "relu"), layers.Dense(3)])
    model.compile(keras.optimizers.Adam(0.005), keras.losses.CosineSimilarity())
    return model, {"x": x, "y": y, "validation_data": validation, "epochs": 15}
