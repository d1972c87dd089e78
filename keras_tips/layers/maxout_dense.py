"""A dense layer of maxout units."""

from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.layers.maxout_layer import MaxoutLayer

__all__ = ["MaxoutDense"]


@keras.saving.register_keras_serializable(package="keras_tips")
class MaxoutDense(MaxoutLayer):
    """Dense layer whose units each take the maximum of `pieces` linear functions of the inputs.

    `outputs[..., u] = max over p of (inputs @ kernel + bias)[..., u * pieces + p]`

    A unit learns its own activation: any convex function of its inputs made of `pieces` linear pieces. With two pieces
    it can become ReLU (one piece at zero) or the absolute value (two opposite pieces); with more it bends as it needs.
    Each piece is trained by the examples it wins. Some piece wins each example, so a unit cannot die as a ReLU can; a
    piece that never wins stays as it is until another one sinks below it. The price: `pieces` times the weights of a
    `keras.layers.Dense` of as many units.

    Each piece begins like a dense layer of `units` units: initializers are called once per piece, with the shape
    `(inputs, units)` for the kernel and `(units,)` for the bias, so that they see the fans of one piece. Pieces begin
    apart from each other, also where the initializer has an integer seed.

    Args:
        units: number of units, the width of the output; at least 1.
        pieces: linear functions per unit; at least 1, where 1 is an ordinary dense layer.
        activation: applied to the maximum; None, the usual choice, since the maximum is the activation.
        use_bias: whether pieces have biases.
        kernel_initializer: initializer of each piece's kernel, of shape `(inputs, units)`.
        bias_initializer: initializer of each piece's bias, of shape `(units,)`.
        kernel_regularizer: regularizer of the whole `kernel`.
        bias_regularizer: regularizer of the whole `bias`.
        activity_regularizer: regularizer of the outputs.
        kernel_constraint: constraint on the whole `kernel`; its columns (axis 0) are the pieces.
        bias_constraint: constraint on the whole `bias`.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`. LoRA and quantization, which
            `keras.layers.Dense` has, are not there.

    Input shape:
        `(batch, ..., inputs)`

    Output shape:
        `(batch, ..., units)`. A mask passes unchanged.

    Weights:
        `kernel` of shape `(inputs, units * pieces)` and `bias` of shape `(units * pieces,)`. The pieces of one unit stand
        side by side.

    `winners(inputs)` says which piece of each unit wins.

    Raises:
        ValueError: an argument is invalid; when built, the length of the last axis is unknown.

    Example:

    >>> import keras
    >>> from keras_tips.layers import MaxoutDense
    >>> layer = MaxoutDense(units=1, pieces=2, use_bias=False)
    >>> layer.build((None, 1))
    >>> layer.set_weights([keras.ops.array([[1.0, -1.0]])])  # the pieces x and -x: |x|
    >>> print(keras.ops.convert_to_numpy(layer(keras.ops.array([[-3.0], [2.0]]))))
    [[3.]
     [2.]]

    Reference:
        Ian Goodfellow, David Warde-Farley, Mehdi Mirza, Aaron Courville, Yoshua Bengio: "Maxout Networks", 2013,
        https://arxiv.org/abs/1302.4389
    """

    def __init__(
        self,
        units: int,
        pieces: int = 2,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        units = check_integer("units", units, 1)
        super().__init__(
            pieces,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )
        self.units = units
        self.input_spec = keras.layers.InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates `kernel` and `bias`."""
        inputs = input_shape[-1]
        if inputs is None:
            raise invalid("inputs", "a last axis of known length", tuple(input_shape), "Give that length in the Input's shape.")
        self._add_pieces(inputs)
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: inputs})

    @property
    def _units(self) -> int:
        return self.units

    def _linear(self, inputs: Any) -> Any:
        x = ops.matmul(inputs, self.kernel)  # (batch, ..., units * pieces)
        return x if self.bias is None else ops.add(x, self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape with `units` as last length."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {**super().get_config(), "units": self.units}
