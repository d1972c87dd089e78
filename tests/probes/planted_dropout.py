"""Dropout layers, healthy and with a planted defect, and models that treat dropout badly."""

import keras
from keras import ops

RATE = 0.3
KEEPS = 1 - RATE


class Scaled(keras.layers.Layer):
    """A user's own dropout: `factor` on what is kept in training, `at_inference` on everything at inference."""

    def __init__(self, rate=RATE, factor=1 / KEEPS, at_inference=1.0, drops=None, seed=11, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.factor, self.at_inference = rate, factor, at_inference
        self.drops = rate if drops is None else drops
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training:
            return inputs * self.at_inference
        kept = keras.random.uniform(ops.shape(inputs), seed=self.seed_generator) >= self.drops
        return inputs * ops.cast(kept, inputs.dtype) * self.factor


class AlwaysDropout(keras.layers.Layer):
    """Drops whatever `training` says."""

    def __init__(self, rate=RATE, seed=11, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.seed_generator = rate, keras.random.SeedGenerator(seed)

    def call(self, inputs):
        return keras.random.dropout(inputs, self.rate, seed=self.seed_generator)


class NeverDropout(keras.layers.Layer):
    """Forgets to drop."""

    def __init__(self, rate=RATE, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs, training=False):
        return inputs


class FixedDropout(keras.layers.Layer):
    """A whole number as a seed gives the same mask each time."""

    def __init__(self, rate=RATE, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs, training=False):
        return keras.random.dropout(inputs, self.rate, seed=3) if training else inputs


class WholeRows(keras.layers.Layer):
    """Healthy: drops whole rows, as stochastic depth does, and is scaled right."""

    def __init__(self, rate=RATE, seed=11, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.seed_generator = rate, keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training:
            return inputs
        noise_shape = (None, *(1 for _ in inputs.shape[1:]))
        return keras.random.dropout(inputs, self.rate, noise_shape=noise_shape, seed=self.seed_generator)


class Swaying(keras.layers.Layer):
    """No dropout, but has a rate, and something else to do in training."""

    def __init__(self, rate=RATE, seed=11, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.seed_generator = rate, keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        return inputs + keras.random.normal(ops.shape(inputs), seed=self.seed_generator) if training else inputs


def sick_layers(seed=11):
    """Pairs of (layer, its verdict)."""
    return [
        (Scaled(factor=1.0, seed=seed), "missing_scaling"),
        (Scaled(at_inference=KEEPS, seed=seed), "double_scaling"),  # divides in training and multiplies at inference
        (Scaled(at_inference=1 / KEEPS, seed=seed), "double_scaling"),  # divides in both
        (Scaled(factor=1 / KEEPS**2, seed=seed), "double_scaling"),  # divides twice
        (Scaled(factor=1.0, at_inference=KEEPS**2, seed=seed), "double_scaling"),  # multiplies twice
        (Scaled(factor=KEEPS, at_inference=KEEPS, seed=seed), "double_scaling"),  # multiplies in both
        (Scaled(factor=1.0, at_inference=1 / KEEPS, seed=seed), "wrong_scaling"),  # divides on the wrong side
        (Scaled(factor=1.2, seed=seed), "wrong_scaling"),
        (Scaled(drops=KEEPS, seed=seed), "wrong_rate"),  # takes the share that is kept for the one that is dropped
        (AlwaysDropout(seed=seed), "active_at_inference"),
        (NeverDropout(), "never_active"),
        (FixedDropout(), "same_mask"),
    ]


class OwnModel(keras.Model):
    """Dense, dropout, dense, in code of its own; `treatment` says how it calls its dropout."""

    def __init__(self, treatment, rate=0.5, **kwargs):
        super().__init__(**kwargs)
        self.treatment = treatment
        self.first = keras.layers.Dense(16, activation="relu")
        self.drop = keras.layers.Dropout(rate, seed=5, name="drop")
        self.last = keras.layers.Dense(2)

    def call(self, inputs, training=False):
        hidden = self.first(inputs)
        if self.treatment == "passes on":
            hidden = self.drop(hidden, training=training)
        elif self.treatment == "always":
            hidden = self.drop(hidden, training=True)
        elif self.treatment == "never":
            hidden = self.drop(hidden, training=False)
        elif self.treatment == "only in training" and training:
            hidden = self.drop(hidden, training=True)
        elif self.treatment == "twice":
            hidden = self.drop(self.drop(hidden, training=training), training=training)
        return self.last(hidden)


class NoFlagModel(OwnModel):
    """Its `call` has no `training`, so that Keras's training step has nothing to pass on."""

    def call(self, inputs):
        return self.last(self.drop(self.first(inputs)))
