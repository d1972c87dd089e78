"""What convolutions of maxout units have in common, whatever the number of spatial axes."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_choice, check_integer, invalid
from keras_tips.layers.maxout_layer import MaxoutLayer
from keras_tips.layers.resolve_data_format import resolve_data_format

__all__ = ["MaxoutConv"]

PADDINGS = ("valid", "same")


class MaxoutConv(MaxoutLayer):
    """A convolution whose filters each take the maximum of `pieces` convolutions.

    A final layer says how many spatial axes there are, in `rank`, and explains the arguments.

    Raises:
        ValueError: an argument is invalid, or does not fit the inputs.
    """

    rank: int

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        pieces: int = 2,
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
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
        self._take_channels(filters, groups, data_format)
        self._take_window(kernel_size, strides, padding, dilation_rate)
        self.input_spec = keras.layers.InputSpec(ndim=self.rank + 2)

    def _take_channels(self, filters: Any, groups: Any, data_format: Any) -> None:
        """Checks and keeps what says which channels go where."""
        self.filters = check_integer("filters", filters, 1)
        self.groups = check_integer("groups", groups, 1)
        if self.filters % self.groups:
            raise invalid("groups", f"a divisor of filters={self.filters}", groups)
        self.data_format = resolve_data_format(data_format)

    def _take_window(self, kernel_size: Any, strides: Any, padding: Any, dilation_rate: Any) -> None:
        """Checks and keeps what says where the window goes."""
        self.kernel_size = self._per_axis("kernel_size", kernel_size)
        self.strides = self._per_axis("strides", strides)
        self.padding = check_choice("padding", padding, (*PADDINGS, "causal") if self.rank == 1 else PADDINGS)
        self.dilation_rate = self._per_axis("dilation_rate", dilation_rate)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise invalid("dilation_rate", f"1 beside strides={self.strides}", dilation_rate, "One of the two has to be 1.")

    def _per_axis(self, name: str, value: Any) -> tuple[int, ...]:
        """One whole number for each spatial axis."""
        several = tuple(value) if isinstance(value, (list, tuple)) else (value,) * self.rank
        if len(several) != self.rank:
            raise invalid(name, f"a whole number or {self.rank} of them, one for each spatial axis", value)
        return tuple(check_integer(name, each, 1) for each in several)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates `kernel` and `bias`."""
        if len(input_shape) != self.rank + 2:
            expected = f"inputs with {self.rank + 2} axes: batch, channels and {self.rank} in space"
            raise invalid(
                "inputs", expected, tuple(input_shape), "Reshape the inputs, or take the layer for their number of axes."
            )
        axis = self._channel_axis(len(input_shape))
        channels = input_shape[axis]
        if channels is None:
            cure = f"Give the length of axis {axis} in the Input's shape."
            raise invalid("inputs", f"channels of known number ({self.data_format})", tuple(input_shape), cure)
        if channels % self.groups:
            raise invalid("groups", f"a divisor of {channels}, the inputs' channels", self.groups)
        self.compute_output_shape(input_shape)  # refuses inputs that are smaller than the window
        self._add_pieces(*self.kernel_size, channels // self.groups)
        self.input_spec = keras.layers.InputSpec(ndim=self.rank + 2, axes={axis: channels})

    @property
    def _units(self) -> int:
        return self.filters

    def _channel_axis(self, rank: int) -> int:
        return rank - 1 if self.data_format == "channels_last" else 1

    def _linear(self, inputs: Any) -> Any:
        # TensorFlow has no convolution with channels first on the CPU, so there the channels are last on the way.
        turn = self.data_format == "channels_first" and keras.backend.backend() == "tensorflow"
        data_format = "channels_last" if turn else self.data_format
        spatial = range(2, self.rank + 2)
        x = ops.transpose(inputs, (0, *spatial, 1)) if turn else inputs
        padding = self.padding
        if padding == "causal":
            before = (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0)
            x = ops.pad(x, ((0, 0), before, (0, 0)) if data_format == "channels_last" else ((0, 0), (0, 0), before))
            padding = "valid"
        x = ops.conv(x, self.kernel, self.strides, padding, data_format, self.dilation_rate)
        if self.bias is not None:
            along = (-1,) if data_format == "channels_last" else (-1, *(1 for _ in spatial))
            x = ops.add(x, ops.reshape(self.bias, along))
        return ops.transpose(x, (0, self.rank + 1, *range(1, self.rank + 1))) if turn else x

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the shape with `filters` channels and what strides and padding leave of the spatial axes."""
        axis = self._channel_axis(len(input_shape))
        spatial = [length for place, length in enumerate(input_shape) if place not in (0, axis)]
        lengths = tuple(self._length(length, place, input_shape) for place, length in enumerate(spatial))
        if self.data_format == "channels_last":
            return (input_shape[0], *lengths, self.filters)
        return (input_shape[0], self.filters, *lengths)

    def _length(self, length: int | None, place: int, input_shape: tuple[int | None, ...]) -> int | None:
        """How many places a window finds along one spatial axis."""
        if length is None:
            return None
        window = self.dilation_rate[place] * (self.kernel_size[place] - 1) + 1 if self.padding == "valid" else 1
        if length < window:
            expected = f"at least {window} places along each spatial axis for kernel_size={self.kernel_size}"
            raise invalid("inputs", expected, tuple(input_shape), 'Take a smaller kernel, or padding="same".')
        return (length - window) // self.strides[place] + 1

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
        }
