"""Layers with one planted defect each: what `check_layer` has to find."""

import keras
import numpy as np
from keras import ops

register = keras.saving.register_keras_serializable(package="sick_layers")


@register
class Twice(keras.layers.Layer):
    """A healthy one: `outputs = factor * inputs`."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.supports_masking = True

    def call(self, inputs):
        return inputs * self.factor

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@register
class Refuses(Twice):
    def call(self, inputs):
        raise ValueError("not today")


@register
class ForgetsItsFactor(Twice):
    def get_config(self):
        config = super().get_config()
        del config["factor"]
        return config


@register
class ChangesItsFactor(Twice):
    def get_config(self):
        return {**super().get_config(), "factor": self.factor / 2}


@register
class ForgetsItsName(Twice):
    def get_config(self):
        return {"factor": self.factor}


@register
class ForgetsAFlag(Twice):
    """The flag is at its default in the test: the harness has to turn it over by itself."""

    def __init__(self, factor=2.0, negate=False, **kwargs):
        super().__init__(factor, **kwargs)
        self.negate = negate

    def get_config(self):
        return {**super().get_config(), "negate": False}


@register
class ForgetsARegularizer(Twice):
    def __init__(self, factor=2.0, kernel_regularizer=None, **kwargs):
        super().__init__(factor, **kwargs)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)


class NotRegistered(Twice):
    pass


@register
class WrongForNegativeInputs(Twice):
    def call(self, inputs):
        return ops.relu(inputs) * self.factor


@register
class RootOfNegativeInputs(Twice):
    def call(self, inputs):
        return ops.sqrt(inputs)


@register
class InfiniteInTraining(Twice):
    def call(self, inputs, training=False):
        return inputs / 0.0 if training else inputs * self.factor


@register
class StopsTheGradient(Twice):
    def call(self, inputs):
        return ops.stop_gradient(inputs) * self.factor


@register
class StopsTheGradientInTraining(Twice):
    def call(self, inputs, training=False):
        return (ops.stop_gradient(inputs) if training else inputs) * self.factor


@register
class WrongGradient(Twice):
    """The value of the square, the gradient of the cube."""

    def call(self, inputs):
        @ops.custom_gradient
        def square(x):
            def gradient(*arguments, upstream=None):
                return (arguments[0] if upstream is None else upstream) * 3 * x * x

            return x * x, gradient

        return square(inputs)


@register
class StopsTheGradientOfAWeight(Twice):
    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")

    def call(self, inputs):
        return inputs * ops.stop_gradient(self.scale)


@register
class WrongShape(Twice):
    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 1)


@register
class WrongDtype(Twice):
    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, dtype="int32")


@register
class FreezesTheBatch(Twice):
    def build(self, input_shape):
        self.rows = input_shape[0]

    def call(self, inputs):
        rows = self.rows or ops.shape(inputs)[0]
        return ops.reshape(inputs, (rows, *inputs.shape[1:])) * self.factor


@register
class MixesExamples(Twice):
    def call(self, inputs):
        return inputs - ops.mean(inputs, axis=0, keepdims=True)


@register
class LosesTheMask(Twice):
    def compute_mask(self, inputs, previous_mask=None):
        return None


@register
class IgnoresTheMask(Twice):
    """Hands the mask on, and lets masked steps into the mean all the same."""

    def call(self, inputs):
        return inputs - ops.mean(inputs, axis=1, keepdims=True)


@register
class MaskOfAnotherShape(Twice):
    def compute_mask(self, inputs, previous_mask=None):
        return None if previous_mask is None else previous_mask[:, :1]


@register
class LargeNumberForMasked(Twice):
    """Minus 1e9 is minus infinity in float16, and infinity times zero is NaN."""

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs
        hidden = 1.0 - ops.expand_dims(ops.cast(mask, inputs.dtype), -1)
        return ops.softmax(inputs + hidden * ops.cast(-1e9, inputs.dtype), axis=1)


@register
class OverflowsInHalfPrecision(Twice):
    def call(self, inputs):
        return inputs * ops.cast(1e6, inputs.dtype) / ops.cast(1e6, inputs.dtype)


@register
class StaysInSinglePrecision(Twice):
    def call(self, inputs):
        return ops.cast(inputs, "float32") * self.factor

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)


@register
class HalfPrecisionWeights(Twice):
    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones", dtype=self.compute_dtype)

    def call(self, inputs):
        return inputs * self.scale


@register
class NumPyInCall(Twice):
    def call(self, inputs):
        return ops.convert_to_tensor(np.multiply(ops.convert_to_numpy(inputs), self.factor))

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, dtype=inputs.dtype)


@register
class CountsInPython(Twice):
    """State outside of weights: what training has changed is not in any file."""

    def __init__(self, factor=2.0, **kwargs):
        super().__init__(factor, **kwargs)
        self.seen = 0

    def call(self, inputs, training=False):
        if training:
            self.seen += 1
        return inputs * (self.factor + self.seen)


@register
class DrawsATable(Twice):
    """Random numbers that belong in a weight."""

    def build(self, input_shape):
        self.table = np.random.normal(size=(input_shape[-1],)).astype("float32")

    def call(self, inputs):
        return inputs * ops.convert_to_tensor(self.table, inputs.dtype)


class Shared:
    """One set of weights for all copies of a layer."""

    scale = None


@register
class SharesItsWeights(Twice):
    def build(self, input_shape):
        if Shared.scale is None or tuple(Shared.scale.shape) != (input_shape[-1],):
            Shared.scale = keras.Variable(np.ones(input_shape[-1]), name="scale")
        self.scale = Shared.scale

    def call(self, inputs):
        return inputs * ops.cast(self.scale, inputs.dtype)


@register
class CannotBeCopied(Twice):
    def __deepcopy__(self, memo):
        raise TypeError("cannot copy this layer")


@register
class HidesAWeight(Twice):
    """A layer that only a closure knows: nobody finds its weights."""

    def build(self, input_shape):
        inner = keras.layers.Dense(input_shape[-1])
        inner.build(input_shape)
        self.apply_inner = lambda x: inner(x)

    def call(self, inputs):
        return self.apply_inner(inputs)


@register
class NeedsNumbersToBuild(Twice):
    """Works when it is called on numbers first, and in no model with a `keras.Input`."""

    def build(self, input_shape):
        self.rows = self.add_weight(name="rows", shape=(), initializer=keras.initializers.Constant(1 / input_shape[0]))

    def call(self, inputs):
        return inputs * self.rows


@register
class DependsOnHowItWasBuilt(Twice):
    def build(self, input_shape):
        self.sign = 1.0 if input_shape[0] else -1.0

    def call(self, inputs):
        return inputs * self.sign


@register
class GrowsAnAttribute(Twice):
    @classmethod
    def from_config(cls, config):
        layer = cls(**config)
        layer.loaded = True
        return layer


@register
class IgnoresItsSeed(Twice):
    def __init__(self, factor=2.0, seed=None, **kwargs):
        super().__init__(factor, **kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=False):
        noise = keras.random.normal(ops.shape(inputs), dtype=inputs.dtype, seed=self.seed_generator)
        return inputs + noise if training else inputs

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@register
class OneSeedForAll(IgnoresItsSeed):
    def __init__(self, factor=2.0, seed=None, **kwargs):
        super().__init__(factor, seed, **kwargs)
        self.seed_generator = keras.random.SeedGenerator(7)


@register
class AddsInPlace(Twice):
    """In place on PyTorch only; the other backends make a new tensor."""

    def call(self, inputs):
        inputs += 1.0
        return inputs


@register
class ForgetsTheFormat(Twice):
    """Takes the last axis for the channels, whatever `data_format` says."""

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(**kwargs)
        self.data_format = data_format

    def call(self, inputs):
        return ops.softmax(inputs, axis=-1)

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}


@register
class ChannelsFirst(Twice):
    """A healthy one, whose axis 1 holds channels."""

    data_format = "channels_first"


@register
class ForgetsTheFormatOfItsWeights(ForgetsTheFormat):
    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1], 2), initializer="ones")

    def call(self, inputs):
        return inputs * ops.sum(self.scale)
