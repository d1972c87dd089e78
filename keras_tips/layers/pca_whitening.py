"""Inputs whose features are uncorrelated and of unit variance."""

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_number, invalid
from keras_tips.layers.adapted_layer import AdaptedLayer
from keras_tips.layers.covariance import covariance
from keras_tips.layers.principal_axes import principal_axes

__all__ = ["PCAWhitening"]


@keras.saving.register_keras_serializable(package="keras_tips")
class PCAWhitening(AdaptedLayer):
    """Turns inputs so that features are uncorrelated and each has variance 1, as `adapt` has seen them.

    `outputs = (inputs - mean) @ components / deviation`, with `zca` then `@ components^T`

    An example is taken as one row of d features. The columns of `components` are the directions of greatest variance of
    the training data, greatest first; `deviation = sqrt(variance + epsilon)`, with the variance over n - 1 examples. All d
    directions are kept. This equals scikit-learn's `PCA(whiten=True)`, signs included: of the largest entries of a
    direction, in absolute value, the first is positive. ZCA turns the whitened features back, so that they stay as close to
    the inputs as white features can be: images still look like images.

    Directions without variance come out as 0 where scikit-learn divides by rounding errors: constant columns, columns that
    are sums of others, and what is left over where there are fewer examples than features. `adapt` warns of them, and
    `rank` counts the others. What counts as none is what rounding inputs to float32 alone would give.

    Args:
        zca: whether to turn whitened features back to the directions of the inputs.
        epsilon: added to each variance, in squared units of the inputs; at least 0. Above 0, small directions, which in
            images are mostly noise, are enlarged less.
        invert: whether the layer maps the other way, from white features to inputs: a decoder. Adapt it to the inputs, or
            give it the weights of the layer that whitens them.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, all lengths but the batch known; d is their product. Whole numbers too.

    Output shape:
        that of the inputs, so that the layer and its inverse fit each other. Without `zca`, the components stand row by row
        where the pixels of an image stood, and neighbours are no neighbours: flatten them, and take `zca` before a
        convolution. Masks do not pass: each output depends on the whole example.

    Weights (none is trained):
        `mean` (d,) and `remainder` (d,), what float32 cannot hold of the mean; `components` (d, d); `deviation` (d,), 0 where
        a direction has no variance; `count`, the number of examples seen.

    Raises:
        ValueError: an argument is invalid; the layer is used before `adapt`; inputs or data have another shape than before;
            data are endless, hold less than two examples, or NaN or infinity.

    Example:

    >>> import keras
    >>> from keras_tips.layers import PCAWhitening
    >>> layer = PCAWhitening()
    >>> layer.adapt([[1.0, 1.0], [1.0, -1.0], [-3.0, 0.0], [1.0, 0.0]])
    >>> print(keras.ops.convert_to_numpy(layer(keras.ops.array([[3.0, 0.0]]))).round(3))
    [[1.5 0. ]]
    >>> layer.rank
    2

    Reference:
        Agnan Kessy, Alex Lewin, Korbinian Strimmer: "Optimal Whitening and Decorrelation", 2018,
        https://arxiv.org/abs/1512.00809. ZCA: Anthony Bell, Terrence Sejnowski: "The 'Independent Components' of Natural
        Scenes are Edge Filters", 1997, https://doi.org/10.1016/S0042-6989(97)00121-1
    """

    statistics = ("mean", "remainder", "components", "deviation")
    mean: keras.Variable
    remainder: keras.Variable
    components: keras.Variable
    deviation: keras.Variable

    def __init__(self, zca: bool = False, epsilon: float = 0.0, invert: bool = False, **kwargs: Any) -> None:
        if not isinstance(zca, bool):
            raise invalid("zca", "True or False", zca)
        epsilon = check_number("epsilon", epsilon, 0)
        super().__init__(invert, **kwargs)
        self.zca = zca
        self.epsilon = epsilon

    def shapes(self, input_shape: tuple[int | None, ...]) -> tuple[dict[int, int], tuple[tuple[int, ...], ...]]:
        """Returns the lengths of one example, and the shapes of the statistics."""
        lengths = {axis: length for axis, length in enumerate(input_shape) if axis > 0 and length is not None}
        if len(input_shape) < 2 or len(lengths) < len(input_shape) - 1:
            cure = "Batch a data set; give all lengths in the Input's shape; make scalars columns, (batch, 1)."
            raise invalid("inputs", "examples of known shape, (batch, ...)", input_shape, cure)
        features = math.prod(lengths.values())
        return lengths, ((features,), (features,), (features, features), (features,))

    @property
    def _example(self) -> tuple[int, ...]:
        """Shape of one example."""
        return tuple(self.input_spec.axes.values())

    @property
    def _features(self) -> int:
        return math.prod(self._example)

    def learn(self, batches: Iterator[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Returns mean, its remainder, directions and deviations."""
        examples, mean, scatter = covariance(batches, self._features)
        if examples < 2:
            raise invalid("data", "two examples or more", examples, "One example has no variance.")
        if not np.all(np.diag(scatter) < np.finfo(self.precision).max):
            raise invalid("data", f"numbers whose squares {self.precision} can hold", float(np.max(np.abs(mean))))
        axes, variances = principal_axes(scatter, examples, mean, self.precision)
        none = int(np.sum(variances == 0))
        if none:
            why = f"constant or collinear columns, or too few examples ({examples})"
            self.say(f"{none} of {self._features} directions have no variance and come out as 0: {why}.")
        held = mean.astype(self.precision)
        return held, mean - held, axes, np.sqrt(np.where(variances > 0, variances + self.epsilon, 0.0))

    @property
    def rank(self) -> int:
        """Number of directions in which the data vary."""
        self._demand()
        return int(np.sum(keras.ops.convert_to_numpy(self.deviation) > 0))

    def there(self, operations: Any, inputs: Any, *statistics: Any) -> Any:
        """Returns white features."""
        mean, remainder, components, deviation = statistics
        rows = operations.reshape(inputs, (-1, self._features))
        rows = operations.subtract(operations.subtract(rows, mean), remainder)
        has = operations.greater(deviation, 0)
        scale = operations.where(has, 1 / operations.where(has, deviation, operations.ones_like(deviation)), 0.0)
        rows = operations.multiply(rows @ components, scale)  # Keras 3.15's matmul turns float64 into float32 on PyTorch
        if self.zca:
            rows = rows @ operations.transpose(components)
        return operations.reshape(rows, (-1, *self._example))

    def back(self, operations: Any, outputs: Any, *statistics: Any) -> Any:
        """Returns inputs from white features; what had no variance is at its mean."""
        mean, remainder, components, deviation = statistics
        rows = operations.reshape(outputs, (-1, self._features))
        if self.zca:
            rows = rows @ components
        rows = operations.multiply(rows, deviation) @ operations.transpose(components)
        return operations.reshape(operations.add(operations.add(rows, remainder), mean), (-1, *self._example))

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {**super().get_config(), "zca": self.zca, "epsilon": self.epsilon}
