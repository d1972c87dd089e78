"""Weights for units that pass on the maximum of several linear functions."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_tips._base.arguments import check_choice, check_integer, invalid
from keras_tips.initializers.maximum_moment import maximum_moment

__all__ = ["MaxoutInitializer"]

DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


@keras.saving.register_keras_serializable(package="keras_tips")
class MaxoutInitializer(keras.initializers.VarianceScaling):
    """Weights that keep the size of signals through any number of maxout layers.

    The variance of the weights is `1 / (fan_in * m)`, where m is the mean of the square of the maximum of `pieces`
    independent standard normal numbers:

    | pieces | 1 | 2 | 3 | 4 | 5 | 6 | 8 |
    | --- | --- | --- | --- | --- | --- | --- | --- |
    | m | 1 | 1 | 1.2757 | 1.5513 | 1.8000 | 2.0217 | 2.3995 |

    Why: with inputs of mean square q, each piece of a unit is about normal with variance `fan_in * Var(w) * q`. The unit
    passes on the largest, whose mean square is m times that. So it is q again. With one or two pieces this is LeCun's
    initialization; He's makes signals sqrt(2 m) times as large in each layer, Glorot's sqrt(m) times (layers of equal width).

    Backwards, a gradient passes through one piece per unit. Its part along the signal is kept, and its parts across shrink by
    about sqrt(m) per layer: not at all with two pieces, by a quarter with five. For more pieces, weights that are independent
    of each other cannot keep both signals and gradients.

    It serves `MaxoutDense` and the Maxout convolutions of this package, which initialize piece by piece, and as well a
    linear layer of `units * pieces` outputs followed by `Maxout`: the inputs of one piece are those of all pieces.

    Args:
        pieces: number of linear functions per unit; at least 1.
        distribution: `"truncated_normal"` (cut off at two standard deviations and widened to make up for it, as in Keras;
            `"normal"` means the same), `"untruncated_normal"` or `"uniform"`.
        seed: a whole number, a `keras.random.SeedGenerator`, or None. As with Keras's own, the same object gives the
            same values on each call unless the seed is a generator.
        input_axes: axes of the kernel that count as inputs, for kernels other than `(..., inputs, outputs)`; layers such as
            `keras.layers.EinsumDense` fill it in.
        output_axes: axes of the kernel that count as outputs, in the same way.

    Raises:
        ValueError: an argument is invalid.

    Example:

    >>> from keras_tips.initializers import MaxoutInitializer
    >>> from keras_tips.layers import MaxoutDense
    >>> layer = MaxoutDense(16, pieces=4, kernel_initializer=MaxoutInitializer(pieces=4))

    Reference:
        Hanna Tseran, Guido Montufar: "Expected Gradients of Maxout Networks and Consequences to Parameter Initialization",
        2023, https://arxiv.org/abs/2301.06956
    """

    def __init__(
        self,
        pieces: int = 2,
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        self.pieces = check_integer("pieces", pieces, 1)
        if distribution != "normal":
            check_choice("distribution", distribution, DISTRIBUTIONS)
        if isinstance(seed, bool):
            raise invalid("seed", "a whole number, a keras.random.SeedGenerator or None", seed)
        super().__init__(1 / maximum_moment(self.pieces), "fan_in", distribution, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        config = super().get_config()
        names = ("distribution", "seed", "input_axes", "output_axes")
        return {"pieces": self.pieces, **{name: config[name] for name in names}}
