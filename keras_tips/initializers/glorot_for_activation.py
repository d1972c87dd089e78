"""Glorot's initialization, with the factor that suits the activation."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_tips._base.arguments import check_choice, invalid

__all__ = ["GlorotForActivation"]

# Activation -> (variance times fan, which fan). The derivative of sigmoid at 0 is 1/4, hence 4 times the standard
# deviation; ReLU passes half of the inputs on, hence twice the variance.
SCALES = {
    "linear": (1.0, "fan_avg"),
    "tanh": (1.0, "fan_avg"),
    "sigmoid": (16.0, "fan_avg"),
    "relu": (2.0, "fan_in"),
}


@keras.saving.register_keras_serializable(package="keras_tips")
class GlorotForActivation(keras.initializers.VarianceScaling):
    """Weights that keep the variance of signals and gradients, given the activation that follows.

    | activation | uniform between plus and minus | normal, standard deviation |
    | --- | --- | --- |
    | `"tanh"`, `"linear"` | `sqrt(6 / (fan_in + fan_out))` | `sqrt(2 / (fan_in + fan_out))` |
    | `"sigmoid"` | `4 * sqrt(6 / (fan_in + fan_out))` | `4 * sqrt(2 / (fan_in + fan_out))` |
    | `"relu"` | `sqrt(6 / fan_in)` | `sqrt(2 / fan_in)` |

    Args:
        activation: one of the names above, or Keras's function of that name.
        distribution: `"uniform"` or `"normal"`; the normal one is cut off at two standard deviations and widened to make
            up for it, as in Keras.
        seed: a whole number, a `keras.random.SeedGenerator`, or None. As with Keras's own, the same object gives the
            same values on each call unless the seed is a generator.
        input_axes: axes of the kernel that count as inputs, for kernels other than `(..., inputs, outputs)`; layers such as
            `keras.layers.EinsumDense` fill it in.
        output_axes: axes of the kernel that count as outputs, in the same way.

    Raises:
        ValueError: an argument is invalid; for an activation the nearest known one is named.

    Example:

    >>> import keras
    >>> from keras_tips.initializers import GlorotForActivation
    >>> layer = keras.layers.Dense(8, "sigmoid", kernel_initializer=GlorotForActivation("sigmoid"))

    References:
        Xavier Glorot, Yoshua Bengio: "Understanding the difficulty of training deep feedforward neural networks", 2010,
        https://proceedings.mlr.press/v9/glorot10a.html

        Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun: "Delving Deep into Rectifiers: Surpassing Human-Level Performance
        on ImageNet Classification", 2015, https://arxiv.org/abs/1502.01852
    """

    def __init__(
        self,
        activation: Any,
        distribution: str = "uniform",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        self.activation = check_choice("activation", _name(activation), SCALES)
        check_choice("distribution", distribution, ("uniform", "normal"))
        if isinstance(seed, bool):
            raise invalid("seed", "a whole number, a keras.random.SeedGenerator or None", seed)
        scale, mode = SCALES[self.activation]
        super().__init__(scale, mode, distribution, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        config = super().get_config()
        return {
            "activation": self.activation,
            "distribution": "uniform" if self.distribution == "uniform" else "normal",
            **{name: config[name] for name in ("seed", "input_axes", "output_axes")},
        }


def _name(activation: Any) -> Any:
    """The name of one of Keras's functions; everything else as it is."""
    name = getattr(activation, "__name__", None)
    return name if name in SCALES and getattr(keras.activations, name) is activation else activation
