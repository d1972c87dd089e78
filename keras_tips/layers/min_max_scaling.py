"""Each feature into a fixed range, by the minimum and the maximum that the training data have."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_number, invalid
from keras_tips.layers.adapted_layer import AdaptedLayer
from keras_tips.layers.inner_axis import inner_axis
from keras_tips.layers.not_finite import not_finite

__all__ = ["MinMaxScaling"]


@keras.saving.register_keras_serializable(package="keras_tips")
class MinMaxScaling(AdaptedLayer):
    """Brings each feature into a range, [-1, 1] by default, as `adapt` has seen it in the training data.

    `outputs = low + (inputs - minimum) * (high - low) / (maximum - minimum)`

    It is used as `keras.layers.Normalization` is, and equals scikit-learn's `MinMaxScaler`, also for a feature that has one
    value in all examples: that value comes out as `low`, and the width, which is 0, is taken as 1. `adapt` warns of such
    features, and `constant` counts them. Unlike mean and deviation, minimum and maximum are set by single examples: where
    outliers are to be expected, take `keras.layers.Normalization`.

    Args:
        feature_range: `(low, high)`, low < high.
        axis: the axis of the features, or several: each place along them has its own minimum and maximum. Not 0, the batch.
            None: one minimum and one maximum for all values, as for the pixels of an image.
        clip: whether values beyond those of the training data are cut off at the ends of the range.
        invert: whether the layer maps the other way, from the range to the features: a last layer that predicts prices.
            Adapt it to the features, or give it the weights of the layer that scales them.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, whole numbers too. Lengths along `axis` must be known.

    Output shape:
        that of the inputs. A mask passes unchanged; `adapt` knows no masks, and counts padding as data.

    Weights (none is trained):
        `minimum` and `maximum`, of the lengths along `axis`; `count`, the number of examples seen.

    Raises:
        ValueError: an argument is invalid; the layer is used before `adapt`; inputs or data have another shape than before;
            data are empty, endless, or hold NaN or infinity.

    Example:

    >>> import keras
    >>> from keras_tips.layers import MinMaxScaling
    >>> layer = MinMaxScaling()
    >>> layer.adapt([[0.0, 100.0], [10.0, 300.0]])
    >>> print(keras.ops.convert_to_numpy(layer(keras.ops.array([[5.0, 300.0]]))))
    [[0. 1.]]
    >>> print(keras.ops.convert_to_numpy(layer.inverse([[0.0, 1.0]])))
    [[  5. 300.]]

    Reference:
        Fabian Pedregosa et al.: "Scikit-learn: Machine Learning in Python", 2011, `sklearn.preprocessing.MinMaxScaler`,
        https://jmlr.org/papers/v12/pedregosa11a.html. Why inputs should be of one size, and of both signs: Yann LeCun, Leon
        Bottou, Genevieve Orr, Klaus-Robert Müller: "Efficient BackProp", 1998,
        http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
    """

    statistics = ("minimum", "maximum")
    minimum: keras.Variable
    maximum: keras.Variable

    def __init__(
        self,
        feature_range: Sequence[float] = (-1, 1),
        axis: int | Sequence[int] | None = -1,
        clip: bool = False,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        feature_range, axis = _range(feature_range), _axis(axis)
        if not isinstance(clip, bool):
            raise invalid("clip", "True or False", clip)
        super().__init__(invert, **kwargs)
        self.feature_range = feature_range
        self.axis = axis
        self.clip = clip
        self.supports_masking = True

    def shapes(self, input_shape: tuple[int | None, ...]) -> tuple[dict[int, int], tuple[tuple[int, ...], ...]]:
        """Returns the lengths along `axis`, and the shapes of `minimum` and `maximum`."""
        rank = len(input_shape)
        axes = () if self.axis is None else self.axis if isinstance(self.axis, tuple) else (self.axis,)
        kept: dict[int, int] = {}
        for axis in sorted(inner_axis("axis", axis, rank) for axis in axes):
            length = input_shape[axis]
            if length is None:
                cure = "Give that length in the Input's shape, or leave the axis out."
                raise invalid("axis", f"axes of known length in {input_shape}", self.axis, cure)
            kept[axis] = length
        return kept, (tuple(kept.values()),) * 2

    def learn(self, batches: Iterator[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Returns minimum and maximum of each feature."""
        low, high, examples = np.array(np.inf), np.array(-np.inf), 0
        beside = tuple(axis for axis in range(self.input_spec.ndim) if axis not in self.input_spec.axes)
        for batch in batches:
            lowest, highest = (np.asarray(end(batch, axis=beside), "float64") for end in (np.min, np.max))
            if not np.all(np.isfinite(lowest) & np.isfinite(highest)):
                raise not_finite(batch, examples)
            low, high, examples = np.minimum(low, lowest), np.maximum(high, highest), examples + len(batch)
        with np.errstate(over="ignore", invalid="ignore"):
            low, high = (np.asarray(value, self.precision) for value in (low, high))
            if not np.all(np.isfinite(high - low)):
                raise invalid("data", f"features whose range {self.precision} can hold", float(np.max(high)))
        constant = int(np.sum(high == low))
        if constant:
            ends = f"come out as {self.feature_range[0]:g}, the low end of the range."
            self.say(f"{constant} of {np.size(low)} features have the same value in all examples and {ends}")
        return low, high

    @property
    def constant(self) -> int:
        """Number of features that had one value in all examples."""
        self._demand()
        low, high = (keras.ops.convert_to_numpy(value) for value in (self.minimum, self.maximum))
        return int(np.sum(low == high))

    def _line(self, operations: Any, minimum: Any, maximum: Any) -> tuple[Any, Any]:
        """The minimum, and the width of the features in units of the range; both in a shape that fits the inputs."""
        width = operations.subtract(maximum, minimum)
        width = operations.where(operations.equal(width, 0), operations.ones_like(width), width)
        shape = tuple(self.input_spec.axes.get(axis, 1) for axis in range(self.input_spec.ndim))
        low, high = self.feature_range
        return operations.reshape(minimum, shape), operations.reshape(operations.divide(width, high - low), shape)

    def there(self, operations: Any, inputs: Any, *statistics: Any) -> Any:
        """Returns the features in the range."""
        low, high = self.feature_range
        minimum, unit = self._line(operations, *statistics)
        # The minimum first: of numbers far from zero, the difference is exact, and a product would not be.
        outputs = operations.add(operations.multiply(operations.subtract(inputs, minimum), 1 / unit), low)
        return operations.minimum(operations.maximum(outputs, low), high) if self.clip else outputs

    def back(self, operations: Any, outputs: Any, *statistics: Any) -> Any:
        """Returns the features from their places in the range."""
        minimum, unit = self._line(operations, *statistics)
        return operations.add(operations.multiply(operations.subtract(outputs, self.feature_range[0]), unit), minimum)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        axis = list(self.axis) if isinstance(self.axis, tuple) else self.axis
        return {**super().get_config(), "feature_range": list(self.feature_range), "axis": axis, "clip": self.clip}


def _range(feature_range: Any) -> tuple[float, float]:
    pair = isinstance(feature_range, (list, tuple)) and len(feature_range) == 2
    if pair:
        low, high = (check_number("feature_range", end) for end in feature_range)
        if low < high and math.isfinite(high - low):
            return low, high
    raise invalid("feature_range", "two numbers (low, high), low below high", feature_range)


def _axis(axis: Any) -> int | tuple[int, ...] | None:
    if axis is None:
        return None
    if isinstance(axis, (list, tuple)):
        return tuple(inner_axis("axis", each) for each in axis)
    return inner_axis("axis", axis)
