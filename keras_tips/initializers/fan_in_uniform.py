"""Uniform weights whose bounds shrink with the number of inputs."""

import math
from collections.abc import Sequence
from typing import Any

import keras

from keras_tips._base.arguments import check_number, invalid

__all__ = ["FanInUniform"]


@keras.saving.register_keras_serializable(package="keras_tips")
class FanInUniform(keras.initializers.VarianceScaling):
    """Weights from the uniform distribution between `-1 / n ** power` and `1 / n ** power`, n inputs per unit.

    With n inputs of variance 1 the sum that a unit forms has standard deviation `n ** (0.5 - power) / sqrt(3)`. So with
    `power=1`, a rule often given, a signal loses the factor `1 / sqrt(3 n)` in each linear layer and is gone after a few;
    with `power=0.5` it still loses `1 / sqrt(3)`. Compare `GlorotForActivation`, which loses none.

    Args:
        power: how fast the bounds shrink; at least 0.
        seed: a whole number, a `keras.random.SeedGenerator`, or None. As with Keras's own, the same object gives the
            same values on each call unless the seed is a generator.
        input_axes: axes of the kernel that count as inputs, for kernels other than `(..., inputs, outputs)`; layers such as
            `keras.layers.EinsumDense` fill it in.
        output_axes: axes of the kernel that count as outputs; not used here, filled in together with `input_axes`.

    Raises:
        ValueError: an argument is invalid.

    Example:

    >>> import keras
    >>> from keras_tips.initializers import FanInUniform
    >>> kernel = FanInUniform(power=1.0, seed=0)((50, 8))  # each within 1/50
    >>> bool(keras.ops.max(keras.ops.abs(kernel)) <= 1 / 50)
    True
    """

    def __init__(
        self,
        power: float = 1.0,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        self.power = check_number("power", power, 0.0)
        if isinstance(seed, bool):
            raise invalid("seed", "a whole number, a keras.random.SeedGenerator or None", seed)
        super().__init__(mode="fan_in", distribution="uniform", seed=seed, input_axes=input_axes, output_axes=output_axes)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """Returns weights of this shape."""
        bound = self._fan_in(tuple(shape)) ** -self.power
        return keras.random.uniform(shape, minval=-bound, maxval=bound, dtype=dtype, seed=self.seed)

    def _fan_in(self, shape: tuple[int, ...]) -> int:
        """Inputs per unit: Keras's own count, for kernels `(..., inputs, outputs)` and vectors."""
        if self.input_axes is not None:
            return max(1, math.prod(shape[axis] for axis in self.input_axes))
        return max(1, math.prod(shape[:-1] if len(shape) > 1 else shape))

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        config = super().get_config()
        return {"power": self.power, **{name: config[name] for name in ("seed", "input_axes", "output_axes")}}
