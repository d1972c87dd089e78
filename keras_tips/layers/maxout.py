"""The maximum over groups, as an activation of its own."""

from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.layers.inner_axis import inner_axis
from keras_tips.layers.mark_built import mark_built
from keras_tips.layers.mask_of_rank import mask_of_rank
from keras_tips.layers.max_of_few import max_of_few

__all__ = ["Maxout"]


@keras.saving.register_keras_serializable(package="keras_tips")
class Maxout(keras.layers.Layer):
    """Maximum over consecutive groups of elements along one axis.

    With k for `group_size`: `outputs[..., j] = max(inputs[..., j * k], ..., inputs[..., j * k + k - 1])`.

    After a linear layer, each output is a convex, piecewise linear function of the layer's inputs, made of `group_size`
    pieces: ReLU and the absolute value are two of the functions it can learn. It has no weights; `MaxoutDense` is the
    linear layer and the maximum in one.

    Args:
        group_size: how many neighbours compete for one output; at least 1.
        axis: the axis along which groups lie. Its length must be known and a multiple of `group_size`. Not 0, the batch.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, ..., length, ...)` with `length` at `axis`; the other axes may be None.

    Output shape:
        `(batch, ..., length // group_size, ...)`, of the inputs' dtype.

    `winners(inputs)` says which place of each group wins.

    A mask passes. Where it runs along `axis`, masked elements do not compete, and a group is masked when all of it is;
    its output is 0.

    Raises:
        ValueError: an argument is invalid; when called, `axis` lies outside of the inputs or is the batch, or its length
            is unknown or no multiple of `group_size`.

    Example:

    >>> import keras
    >>> from keras_tips.layers import Maxout
    >>> x = keras.ops.array([[5.0, 7.0, -1.0, 1.0]])  # (1, 4)
    >>> print(keras.ops.convert_to_numpy(Maxout(group_size=2)(x)))  # (1, 2)
    [[7. 1.]]

    Reference:
        Ian Goodfellow, David Warde-Farley, Mehdi Mirza, Aaron Courville, Yoshua Bengio: "Maxout Networks", 2013,
        https://arxiv.org/abs/1302.4389
    """

    def __init__(self, group_size: int = 2, axis: int = -1, **kwargs: Any) -> None:
        group_size = check_integer("group_size", group_size, 1)
        axis = inner_axis("axis", axis)
        super().__init__(**kwargs)
        self.group_size = group_size
        self.axis = axis
        mark_built(self)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the maximum of each group."""
        axis, _ = self._axis_and_groups(tuple(inputs.shape))
        grouped = self._grouped(inputs, axis)  # (batch, ..., groups, group_size, ...)
        if mask is None or axis >= len(mask.shape):
            return max_of_few(grouped, axis + 1)
        competes = self._grouped(mask_of_rank(mask, len(inputs.shape)), axis)
        highest = max_of_few(ops.where(competes, grouped, -float("inf")), axis + 1)
        return ops.where(ops.any(competes, axis=axis + 1), highest, 0.0)

    def winners(self, inputs: Any) -> Any:
        """Returns which place of each group wins: whole numbers from 0 to `group_size - 1`, in the shape of the outputs.

        Where elements are equal the first one counts.
        """
        inputs = ops.convert_to_tensor(inputs)
        axis, _ = self._axis_and_groups(tuple(inputs.shape))
        return ops.argmax(self._grouped(inputs, axis), axis=axis + 1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Returns the mask of the outputs: that of the inputs, grouped where it runs along `axis`."""
        axis, _ = self._axis_and_groups(tuple(inputs.shape))
        if previous_mask is None or axis >= len(previous_mask.shape):
            return previous_mask
        return ops.any(self._grouped(previous_mask, axis), axis=axis + 1)

    def _axis_and_groups(self, input_shape: tuple[int | None, ...]) -> tuple[int, int]:
        """The axis counted from the front, and how many groups it has."""
        axis = inner_axis("axis", self.axis, len(input_shape))
        length = input_shape[axis]
        if length is None:
            raise invalid("axis", f"one of known length in {input_shape}", self.axis, "Give that length in the Input's shape.")
        if length % self.group_size:
            expected = f"a divisor of {length}, the length of axis {self.axis} in {input_shape}"
            raise invalid("group_size", expected, self.group_size, "Change it, or the width of the layer before.")
        return axis, length // self.group_size

    def _grouped(self, tensor: Any, axis: int) -> Any:
        """Splits `axis` into groups and places within a group."""
        sizes = [-1 if size is None else size for size in ops.shape(tensor)]
        split = (sizes[axis] // self.group_size, self.group_size)
        return ops.reshape(tensor, (*sizes[:axis], *split, *sizes[axis + 1 :]))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape with the length at `axis` divided by `group_size`."""
        axis, groups = self._axis_and_groups(tuple(input_shape))
        return (*input_shape[:axis], groups, *input_shape[axis + 1 :])

    def compute_output_spec(self, inputs: Any, mask: Any = None) -> keras.KerasTensor:
        """Returns shape and dtype of the outputs; whole numbers stay whole numbers."""
        return keras.KerasTensor(self.compute_output_shape(tuple(inputs.shape)), dtype=inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {**super().get_config(), "group_size": self.group_size, "axis": self.axis}
