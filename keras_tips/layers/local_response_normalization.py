"""Channels that share a place compete, as in AlexNet."""

from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, check_number, invalid
from keras_tips.layers.inner_axis import inner_axis
from keras_tips.layers.mark_built import mark_built
from keras_tips.layers.mask_of_rank import mask_of_rank
from keras_tips.layers.window_sum import window_sum

__all__ = ["LocalResponseNormalization"]


@keras.saving.register_keras_serializable(package="keras_tips")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each value by the strength of its neighbours at the same place, in the channels beside it.

    `outputs[..., c] = inputs[..., c] / (bias + alpha * s) ** beta`, where `s` is the sum of
    `inputs[..., j] ** 2` over the channels `j` from `c - depth_radius` to `c + depth_radius`; beyond the ends are zeros.

    These are TensorFlow's meanings. PyTorch divides alpha by the size of the window:
    `torch.nn.LocalResponseNorm(size, alpha, beta, k)` is this layer with `depth_radius=(size - 1) // 2`,
    `alpha=alpha / size` and `bias=k`, for an odd size. AlexNet's values are `depth_radius=2, bias=2.0, alpha=1e-4,
    beta=0.75`. The default alpha of 1 is TensorFlow's; it normalizes much more strongly.

    Half precision is computed in float32, since the squares of values above 255 do not fit into float16.

    Args:
        depth_radius: how many neighbours to either side count; 0 for none but the value itself.
        bias: what is added to the sum; above 0.
        alpha: factor of the sum; at least 0.
        beta: exponent; at least 0.
        axis: the axis of the channels; -1, the last one, or 1 for `"channels_first"`. Its length must be known. Not 0, the
            batch.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, ..., channels)`, of any rank from 2; other axes may be None.

    Output shape:
        that of the inputs. A mask passes unchanged; where it runs along `axis`, masked elements do not count.

    Raises:
        ValueError: an argument is invalid; when called, `axis` lies outside of the inputs or is the batch, or its length is
            unknown.

    Example:

    >>> import keras
    >>> from keras_tips.layers import LocalResponseNormalization
    >>> layer = LocalResponseNormalization(depth_radius=1, bias=1.0, alpha=1.0, beta=1.0)
    >>> print(keras.ops.convert_to_numpy(layer(keras.ops.array([[1.0, 2.0, 0.0, 3.0]]))))  # sums: 5, 5, 13, 9
    [[0.16666667 0.33333334 0.         0.3       ]]

    Reference:
        Alex Krizhevsky, Ilya Sutskever, Geoffrey Hinton: "ImageNet Classification with Deep Convolutional Neural Networks",
        2012, section 3.3, https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks
    """

    def __init__(
        self,
        depth_radius: int = 5,
        bias: float = 1.0,
        alpha: float = 1.0,
        beta: float = 0.5,
        axis: int = -1,
        **kwargs: Any,
    ) -> None:
        depth_radius = check_integer("depth_radius", depth_radius, 0)
        bias = check_number("bias", bias, 0.0, low_open=True)
        alpha, beta = check_number("alpha", alpha, 0.0), check_number("beta", beta, 0.0)
        axis = inner_axis("axis", axis)
        super().__init__(**kwargs)
        self.depth_radius = depth_radius
        self.bias = bias
        self.alpha = alpha
        self.beta = beta
        self.axis = axis
        self.supports_masking = True
        mark_built(self)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the normalized inputs."""
        axis = self._channel_axis(tuple(inputs.shape))
        inputs = ops.cast(inputs, self.compute_dtype)
        wide = ops.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        squares = ops.square(wide)
        if mask is not None and axis < len(mask.shape):
            squares = ops.where(mask_of_rank(mask, len(inputs.shape)), squares, ops.zeros_like(squares))
        strength = window_sum(squares, self.depth_radius, axis)
        factor = _inverse_power(ops.add(self.bias, ops.multiply(self.alpha, strength)), self.beta)
        return ops.cast(ops.multiply(wide, factor), inputs.dtype)

    def _channel_axis(self, input_shape: tuple[int | None, ...]) -> int:
        """The axis counted from the front."""
        axis = inner_axis("axis", self.axis, len(input_shape))
        if input_shape[axis] is None:
            raise invalid("axis", f"one of known length in {input_shape}", self.axis, "Give that length in the Input's shape.")
        return axis

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape."""
        self._channel_axis(tuple(input_shape))
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {
            **super().get_config(),
            "depth_radius": self.depth_radius,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
            "axis": self.axis,
        }


def _inverse_power(x: Any, beta: float) -> Any:
    """`x ** -beta`. Square roots are several times as fast as a general power, and both usual exponents are made of them."""
    if beta == 0.5:
        return ops.rsqrt(x)
    if beta == 0.75:
        root = ops.rsqrt(x)
        return ops.multiply(root, ops.sqrt(root))
    return ops.power(x, -beta)
