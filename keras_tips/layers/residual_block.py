"""A block of layers with a shortcut around it."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_choice, check_integer, invalid
from keras_tips.layers.mask_of_rank import mask_of_rank
from keras_tips.layers.parted_initializers import parted_initializers
from keras_tips.layers.resolve import resolve
from keras_tips.layers.resolve_data_format import resolve_data_format

__all__ = ["ResidualBlock"]

NORMALIZATIONS = ("batch", "layer")
CONVOLUTIONS = {3: keras.layers.Conv1D, 4: keras.layers.Conv2D, 5: keras.layers.Conv3D}
USUAL_KERNEL_SIZE, USUAL_STRIDES = 3, 1


@keras.saving.register_keras_serializable(package="keras_tips")
class ResidualBlock(keras.layers.Layer):
    """Layers that learn what to add to their inputs, rather than what to put in their place.

    After activation, as first proposed: `outputs = activation(shortcut(inputs) + branch(inputs))`, where the branch is
    `depth` times a convolution, a normalization and, but for the last one, the activation.

    Before activation (`pre_activation=True`): `outputs = shortcut(inputs) + branch(inputs)`, where the branch is `depth`
    times a normalization, the activation and a convolution. Nothing stands on the way from block to block; put a
    normalization and an activation behind the last one.

    A plain network that is made deeper gets worse on the training data itself: many layers find it hard to pass on what
    they were given. Here that is the easiest thing to do: with a branch of zeros, the block passes non-negative inputs of
    equal width on unchanged (before activation: all inputs), and gradients pass as they are.

    The inputs' number of axes says which layers the branch is made of: `Dense` for 2, `Conv1D` for 3, `Conv2D` for 4,
    `Conv3D` for 5. Convolutions pad with zeros to keep the size.

    The shortcut is the identity where `filters` is the inputs' width and all strides are 1. Elsewhere it is a projection: a
    convolution of kernel size 1 with the block's strides (or a `Dense`), and its normalization. With `pre_activation`, it
    has no normalization of its own, since it takes the inputs behind the first normalization and activation.

    Args:
        filters: width of the block: the number of filters of each convolution, or of units of each dense layer.
        kernel_size: length of the convolutions' windows, one number or one per spatial axis; None means 3. Not for dense
            layers.
        strides: step of the first convolution, one number or one per spatial axis; None means 1. Not for dense layers.
        depth: how many convolutions or dense layers the branch has; at least 1.
        activation: None means none.
        pre_activation: whether normalization and activation stand before each convolution rather than behind.
        normalization: `"batch"`; `"layer"`, over the channels, for batches of few examples; None for none.
        data_format: `"channels_last"` or `"channels_first"`; None takes `keras.config.image_data_format()`.
        kernel_initializer: initializer of the kernels; layers begin apart from each other, also with a seed.
        kernel_regularizer: regularizer of each kernel, the projection's too. Biases and normalizations have none.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, features)`, or `(batch, ..., channels)` with one to three spatial axes, which may be None; with
        `"channels_first"`, `(batch, channels, ...)`.

    Output shape:
        `(batch, filters)`, or `(batch, ..., filters)` with each spatial length divided by its stride, rounded up.

    A mask of `(batch, time)` passes, every stride-th step of it: masked steps count as padding, and not towards the batch
    normalization. With `"channels_first"` masks are not used and end here.

    Weights:
        those of the layers `conv_1`, `norm_1`, `conv_2`, ... (or `dense_1`, ...), `projection` and `projection_norm`. There
        are biases where `normalization` is None; elsewhere the normalizations have them.

    Raises:
        ValueError: an argument is invalid; when built, it does not fit the inputs, or their width is unknown.

    Example:

    >>> import keras
    >>> from keras_tips.layers import ResidualBlock
    >>> images = keras.Input((28, 28, 16))
    >>> same = ResidualBlock(16)(images)
    >>> smaller = ResidualBlock(32, strides=2, pre_activation=True)(same)
    >>> same.shape, smaller.shape
    ((None, 28, 28, 16), (None, 14, 14, 32))

    Reference:
        Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun: "Deep Residual Learning for Image Recognition", 2015,
        https://arxiv.org/abs/1512.03385; the same: "Identity Mappings in Deep Residual Networks", 2016,
        https://arxiv.org/abs/1603.05027
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int] | None = None,
        strides: int | Sequence[int] | None = None,
        depth: int = 2,
        activation: Any = "relu",
        pre_activation: bool = False,
        normalization: str | None = "batch",
        data_format: str | None = None,
        kernel_initializer: Any = "he_normal",
        kernel_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        filters, depth = check_integer("filters", filters, 1), check_integer("depth", depth, 1)
        kernel_size, strides = _lengths("kernel_size", kernel_size), _lengths("strides", strides)
        if not isinstance(pre_activation, bool):
            raise invalid("pre_activation", "True or False", pre_activation)
        if normalization is not None:
            check_choice("normalization", normalization, NORMALIZATIONS)
        data_format = resolve_data_format(data_format)
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.depth = depth
        self.activation = resolve("activation", activation, keras.activations)
        self.pre_activation = pre_activation
        self.normalization = normalization
        self.data_format = data_format
        self.kernel_initializer = resolve("kernel_initializer", kernel_initializer, keras.initializers, needed=True)
        self.kernel_regularizer = resolve("kernel_regularizer", kernel_regularizer, keras.regularizers)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates and builds the layers of branch and shortcut."""
        rank, input_shape = len(input_shape), tuple(input_shape)
        output_shape = self.compute_output_shape(input_shape)
        strides = self._per_axis("strides", rank, USUAL_STRIDES)
        first, *others, for_projection = parted_initializers(self.kernel_initializer, self.depth + 1)
        kind = "dense" if rank == 2 else "conv"
        self.linears = [self._linear(f"{kind}_1", first, strides, rank)]
        for number, initializer in enumerate(others, start=2):
            self.linears.append(self._linear(f"{kind}_{number}", initializer, (1,) * (rank - 2), rank))
        self.norms = []
        for number, linear in enumerate(self.linears, start=1):
            before = input_shape if number == 1 else output_shape
            linear.build(before)
            self.norms.append(self._norm(f"norm_{number}", rank, before if self.pre_activation else output_shape))
        self.projection = self.projection_norm = None
        channels = self._channel_axis(rank)
        if input_shape[channels] != self.filters or any(stride > 1 for stride in strides):
            self.projection = self._linear("projection", for_projection, strides, rank, kernel_size=(1,) * (rank - 2))
            self.projection.build(input_shape)
            if not self.pre_activation:
                self.projection_norm = self._norm("projection_norm", rank, output_shape)
        self.input_spec = keras.layers.InputSpec(ndim=rank, axes={channels: input_shape[channels]})

    def _linear(self, name: str, initializer: Any, strides: Any, rank: int, kernel_size: Any = None) -> keras.layers.Layer:
        """A convolution, or a dense layer for inputs of two axes."""
        shared = {
            "use_bias": self.normalization is None,
            "kernel_initializer": initializer,
            "kernel_regularizer": self.kernel_regularizer,
            "dtype": self.dtype_policy,
            "name": name,
        }
        if rank == 2:
            return keras.layers.Dense(self.filters, **shared)
        size = kernel_size or self._per_axis("kernel_size", rank, USUAL_KERNEL_SIZE)
        return CONVOLUTIONS[rank](self.filters, size, strides=strides, padding="same", data_format=self.data_format, **shared)

    def _norm(self, name: str, rank: int, input_shape: Any) -> keras.layers.Layer | None:
        if self.normalization is None:
            return None
        arguments = {"dtype": self.dtype_policy, "name": name}
        if self.normalization == "batch":
            norm = keras.layers.BatchNormalization(axis=self._channel_axis(rank), **arguments)
            norm.build(input_shape)
        else:  # over the last axis, wherever the channels are: others do not work with PyTorch in Keras 3.15
            norm = keras.layers.LayerNormalization(**arguments)
            norm.build((None,) * (rank - 1) + (input_shape[self._channel_axis(rank)],))
        return norm

    def _channel_axis(self, rank: int) -> int:
        return 1 if self.data_format == "channels_first" and rank > 2 else rank - 1

    def _per_axis(self, name: str, rank: int, usual: int) -> tuple[int, ...]:
        """One length for each spatial axis of inputs of `rank` axes."""
        given = getattr(self, name)
        if rank == 2 and given is not None:
            raise invalid(name, "None for inputs of two axes", given, "They get dense layers. Leave the argument out.")
        given = usual if given is None else given
        lengths = (given,) * (rank - 2) if isinstance(given, int) else tuple(given)
        if len(lengths) != rank - 2:
            raise invalid(name, f"one number, or {rank - 2} for inputs of {rank} axes", given)
        return lengths

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Returns the sum of shortcut and branch, behind the activation unless it stands before."""
        before, after = self._masks(inputs, mask)
        if self.pre_activation:
            return self._activated_before(inputs, training, before, after)
        x = inputs
        for number, (linear, norm) in enumerate(zip(self.linears, self.norms, strict=True)):
            x = linear(_hidden(x, after if number else before))
            x = self._normalized(norm, x, training, after)
            x = self.activation(x) if number < self.depth - 1 else x
        shortcut = inputs
        if self.projection is not None:
            shortcut = self._normalized(self.projection_norm, self.projection(_hidden(inputs, before)), training, after)
        return self.activation(ops.add(shortcut, x))

    def _activated_before(self, inputs: Any, training: bool | None, before: Any, after: Any) -> Any:
        x = shortcut = inputs
        for number, (linear, norm) in enumerate(zip(self.linears, self.norms, strict=True)):
            mask = after if number else before
            x = _hidden(self.activation(self._normalized(norm, x, training, mask)), mask)
            if number == 0 and self.projection is not None:
                shortcut = self.projection(x)
            x = linear(x)
        return ops.add(shortcut, x)

    def _normalized(self, norm: keras.layers.Layer | None, x: Any, training: bool | None, mask: Any) -> Any:
        if norm is None:
            return x
        if self.normalization == "layer":
            channels = self._channel_axis(len(x.shape))
            return ops.moveaxis(norm(ops.moveaxis(x, channels, -1)), -1, channels)
        if mask is not None:  # batch normalization wants one element for each place
            mask = ops.broadcast_to(mask_of_rank(mask, len(x.shape) - 1), ops.shape(x)[:-1])
        return norm(x, training=training, mask=mask)

    def _masks(self, inputs: Any, mask: Any) -> tuple[Any, Any]:
        """The mask in front of the first convolution, and the one behind it."""
        rank = len(inputs.shape)
        if mask is None or self._channel_axis(rank) != rank - 1:
            return None, None
        strides = self._per_axis("strides", rank, USUAL_STRIDES)[: len(mask.shape) - 1]
        return mask, mask[(slice(None), *(slice(None, None, stride) for stride in strides))]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Returns the mask of the outputs: every stride-th element of that of the inputs."""
        return self._masks(inputs, previous_mask)[1]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape, spatial lengths divided by the strides and rounded up, with `filters` channels."""
        rank = len(input_shape)
        if rank not in (2, *CONVOLUTIONS):
            raise invalid("inputs", "two to five axes, the batch included", tuple(input_shape))
        channels = self._channel_axis(rank)
        if input_shape[channels] is None:
            cure = f"Give the length of axis {channels} in the Input's shape."
            raise invalid("inputs", "channels of known number", tuple(input_shape), cure)
        self._per_axis("kernel_size", rank, USUAL_KERNEL_SIZE)
        strides = self._per_axis("strides", rank, USUAL_STRIDES)
        spatial = [length for axis, length in enumerate(input_shape) if axis not in (0, channels)]
        spatial = [None if length is None else -(-length // step) for length, step in zip(spatial, strides, strict=True)]
        if channels == rank - 1:
            return (input_shape[0], *spatial, self.filters)
        return (input_shape[0], self.filters, *spatial)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "depth": self.depth,
            "activation": keras.activations.serialize(self.activation),
            "pre_activation": self.pre_activation,
            "normalization": self.normalization,
            "data_format": self.data_format,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


def _lengths(name: str, lengths: Any) -> int | tuple[int, ...] | None:
    if lengths is None:
        return None
    if isinstance(lengths, (list, tuple)) and lengths:
        return tuple(check_integer(name, length, 1) for length in lengths)
    return check_integer(name, lengths, 1)


def _hidden(x: Any, mask: Any) -> Any:
    """Zeros where the mask says so, as padding has them."""
    return x if mask is None else ops.where(mask_of_rank(mask, len(x.shape)), x, ops.zeros_like(x))
