"""Dropout as the lecture draws it: nothing is rescaled in training, everything is scaled down afterwards."""

from numbers import Integral, Real
from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, check_number, invalid
from keras_tips.layers.mark_built import mark_built

__all__ = ["ClassicDropout"]

LARGEST_SEED = 2**31 - 1  # the largest that every backend takes


@keras.saving.register_keras_serializable(package="keras_tips")
class ClassicDropout(keras.layers.Layer):
    """Drops values in training, without rescaling; multiplies all values by the share that is kept afterwards.

    In training: `outputs = inputs * mask`, where each element of `mask` is 1 with probability `1 - rate`, else 0.
    At inference: `outputs = inputs * (1 - rate)`.

    `keras.layers.Dropout` is the inverted form: it divides by `1 - rate` in training and does nothing at inference. Both
    give the layers behind them the same mean in training and at inference. They differ by the factor `1 - rate` in both,
    so weights trained with the one do not fit the other: `convert_dropout` moves a model between the two. Given the same
    seed, both draw the same masks.

    For a network that is linear in the dropped values, the output at inference is exactly the mean of the outputs over
    all masks; for others it is close to it.

    Args:
        rate: the share of values to drop, from 0 to 1.
        seed: a whole number from 0 to 2**31 - 1 for masks that can be drawn again; None draws other ones in each
            program.
        noise_shape: the shape of `mask`, which is repeated along axes of length 1; None for an axis means the inputs'
            length there. `(None, 1, None)` on `(batch, time, features)` drops a feature at all times or at none. None
            draws for each value on its own.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        any

    Output shape:
        that of the inputs. A mask passes unchanged.

    Call arguments:
        inputs: a tensor of any rank; whole numbers are cast to the layer's dtype.
        training: whether to drop. `fit` says True, `predict` and `evaluate` say False.

    Raises:
        ValueError: an argument is invalid.

    Example:

    >>> import keras
    >>> from keras_tips.layers import ClassicDropout
    >>> layer = ClassicDropout(rate=0.25, seed=1)
    >>> x = keras.ops.array([[4.0, 8.0, 12.0]])
    >>> print(keras.ops.convert_to_numpy(layer(x)))
    [[3. 6. 9.]]
    >>> kept = keras.ops.convert_to_numpy(layer(x, training=True))
    >>> set(kept.flatten().tolist()) <= {0.0, 4.0, 8.0, 12.0}
    True

    Reference:
        Nitish Srivastava, Geoffrey Hinton, Alex Krizhevsky, Ilya Sutskever, Ruslan Salakhutdinov: "Dropout: A Simple Way
        to Prevent Neural Networks from Overfitting", 2014, https://jmlr.org/papers/v15/srivastava14a.html
    """

    def __init__(self, rate: float, seed: int | None = None, noise_shape: Any = None, **kwargs: Any) -> None:
        rate = _share(rate)
        seed = None if seed is None else check_integer("seed", seed, 0, LARGEST_SEED)
        noise_shape = _lengths(noise_shape)
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.noise_shape = noise_shape
        if rate > 0:  # as Keras does it: without dropping, there is no state to store
            self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        mark_built(self)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Returns the inputs times a fresh mask in training, times `1 - rate` otherwise."""
        inputs = ops.cast(inputs, self.compute_dtype)
        if self.rate == 0:
            return inputs
        if not training:
            return inputs * (1 - self.rate)
        # Keras drops from ones, not from the inputs: so both forms draw the same masks, and what is kept is not rounded.
        ones = ops.ones_like(inputs)
        kept = keras.random.dropout(ones, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator)
        return ops.where(ops.greater(kept, 0), inputs, ops.zeros_like(inputs))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "noise_shape": self.noise_shape}


def _share(rate: Any) -> float:
    if isinstance(rate, Real) and not isinstance(rate, bool) and 1 < float(rate) <= 100:
        cure = f"It is a share, not a percentage. Did you mean {float(rate) / 100:g}?"
        raise invalid("rate", "a number in [0, 1]", rate, cure)
    return check_number("rate", rate, 0.0, 1.0)


def _lengths(noise_shape: Any) -> tuple[int | None, ...] | None:
    if noise_shape is None:
        return None
    if not isinstance(noise_shape, (list, tuple)) or not all(map(_is_length, noise_shape)):
        raise invalid("noise_shape", "None, or lengths above 0 and None in a list or tuple", noise_shape)
    return tuple(None if length is None else int(length) for length in noise_shape)


def _is_length(length: Any) -> bool:
    return length is None or (isinstance(length, Integral) and not isinstance(length, bool) and int(length) > 0)
