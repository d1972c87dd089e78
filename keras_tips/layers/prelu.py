"""A ReLU that learns the slope of its negative side."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.layers.exempt_from_decay import exempt_from_decay
from keras_tips.layers.inner_axis import inner_axis
from keras_tips.layers.resolve import resolve
from keras_tips.layers.resolve_data_format import resolve_data_format

__all__ = ["PReLU"]

SHARES = ("channel", "neuron", "all")


@keras.saving.register_keras_serializable(package="keras_tips")
class PReLU(keras.layers.Layer):
    """Parametric rectified linear unit: the slope for negative inputs is learned.

    `outputs = max(inputs, 0) + alpha * min(inputs, 0)`

    It stands in for `keras.layers.PReLU` and takes its arguments. Different here: one slope per channel is the default,
    as in the paper (Keras: one per position, see `share="neuron"`); negative axes mean what they say; the batch and axes
    out of range are refused.

    An optimizer's weight decay leaves the slopes out, as the paper does: it would pull them to 0, towards ReLU. This
    holds in `fit` and `train_on_batch`, after loading too. A training loop of one's own, in which the model that is
    called has no optimizer, has to say so: `optimizer.exclude_from_weight_decay(var_list=[layer.alpha])`.

    Args:
        alpha_initializer: initializer of the slopes. "zeros" begins as ReLU; the paper begins with 0.25.
        alpha_regularizer: regularizer of the slopes.
        alpha_constraint: constraint on the slopes.
        shared_axes: an axis or several along which a slope is shared; an empty list shares none. Not together with
            `share`.
        share: `"channel"`, one slope per channel (what None means where `shared_axes` is None too); `"neuron"`, one per
            position; `"all"`, one for the layer.
        data_format: `"channels_last"` or `"channels_first"`: which axis the channels are, for `share="channel"`. None takes
            `keras.config.image_data_format()`.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`. Axes along which a slope is shared may be None.

    Output shape:
        that of the inputs. A mask passes unchanged.

    Weights:
        `alpha`, of the shape of one example with 1 on each shared axis.

    Raises:
        ValueError: an argument is invalid; when built, an axis lies outside of the inputs or is the batch, or an axis that
            has its own slopes is of unknown length.

    Example:

    >>> import keras
    >>> from keras_tips.layers import PReLU
    >>> layer = PReLU(alpha_initializer=keras.initializers.Constant(0.25))
    >>> print(keras.ops.convert_to_numpy(layer(keras.ops.array([[-2.0, 3.0]]))))
    [[-0.5  3. ]]

    Reference:
        Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun: "Delving Deep into Rectifiers: Surpassing Human-Level Performance
        on ImageNet Classification", 2015, https://arxiv.org/abs/1502.01852
    """

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        share: str | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        shared_axes = _axes(shared_axes)
        share = _share(share, shared_axes)
        data_format = resolve_data_format(data_format)
        super().__init__(**kwargs)
        self.alpha_initializer = resolve("alpha_initializer", alpha_initializer, keras.initializers, needed=True)
        self.alpha_regularizer = resolve("alpha_regularizer", alpha_regularizer, keras.regularizers)
        self.alpha_constraint = resolve("alpha_constraint", alpha_constraint, keras.constraints)
        self.shared_axes = shared_axes
        self.share = share
        self.data_format = data_format
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates `alpha`."""
        rank = len(input_shape)
        shared = self._shared(rank)
        own = {axis: input_shape[axis] for axis in range(1, rank) if axis not in shared}
        for axis, length in own.items():
            if length is None:
                cure = f"Give the length of axis {axis} in the Input's shape, or share the slopes along it."
                raise invalid("inputs", "known lengths where slopes are not shared", tuple(input_shape), cure)
        self.alpha = self.add_weight(
            name="alpha",
            shape=tuple(own.get(axis, 1) for axis in range(1, rank)),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        self.input_spec = keras.layers.InputSpec(ndim=rank, axes=own)

    def _shared(self, rank: int) -> set[int]:
        """The axes along which a slope is shared, counted from the front."""
        if self.shared_axes is not None:
            return {inner_axis("shared_axes", axis, rank) for axis in self.shared_axes}
        every = set(range(1, rank))
        if self.share == "channel":
            return every - {rank - 1 if self.data_format == "channels_last" else 1}
        return every if self.share == "all" else set()

    def call(self, inputs: Any) -> Any:
        """Returns the inputs, the negative ones times their slope."""
        exempt_from_decay(self, self.alpha)
        return ops.add(ops.relu(inputs), ops.multiply(self.alpha, ops.minimum(inputs, 0)))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {
            **super().get_config(),
            "alpha_initializer": keras.initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": keras.regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": keras.constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes,
            "share": self.share,
            "data_format": self.data_format,
        }


def _axes(shared_axes: Any) -> list[int] | None:
    if shared_axes is None:
        return None
    several = shared_axes if isinstance(shared_axes, (list, tuple)) else [shared_axes]
    return [inner_axis("shared_axes", axis) for axis in several]


def _share(share: Any, shared_axes: list[int] | None) -> str | None:
    if shared_axes is None:
        return check_choice("share", "channel" if share is None else share, SHARES)
    if share is not None:
        raise invalid("share", f"None beside shared_axes={shared_axes}", share, "Give one of the two.")
    return None
