"""What layers share that learn statistics of the training inputs, before training, by `adapt`."""

import abc
import sys
import warnings
from collections.abc import Iterator
from itertools import chain
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

# A model of which only shapes are wanted calls its layers too, before there are weights: when it is loaded, for one. No
# public function tells that from a real call. This is the one place that imports it.
from keras.src.backend.common.symbolic_scope import in_symbolic_scope

from keras_tips._base.arguments import invalid
from keras_tips.layers.batches_of import batches_of
from keras_tips.layers.example_count import ExampleCount

__all__ = ["AdaptedLayer"]

MOST_COUNTED = 2**31 - 1  # of an int32


class AdaptedLayer(keras.layers.Layer, abc.ABC):
    """A layer that maps examples there and back by statistics, which are weights that are not trained.

    It computes in float32, or float64 where the layer's dtype is float64, and casts the outputs to the layer's dtype: in
    half precision, pixels and prices would be rounded before they are scaled.

    A subclass names its weights in `statistics` and gives `shapes`, `learn`, `there` and `back`. The last two get the
    operations as an argument, `keras.ops` or `tensorflow`, and use what both have: inside of a `tf.data` pipeline,
    TensorFlow computes, whatever the backend is.

    Args:
        invert: whether the layer maps back.
        **kwargs: arguments of `keras.layers.Layer`, such as `name` and `dtype`.

    Raises:
        ValueError: `invert` is no boolean.
    """

    statistics: ClassVar[tuple[str, ...]]

    def __init__(self, invert: bool = False, **kwargs: Any) -> None:
        if not isinstance(invert, bool):
            raise invalid("invert", "True or False", invert)
        super().__init__(**kwargs)
        self.invert = invert
        self.autocast = False
        self._seen = False

    @abc.abstractmethod
    def shapes(self, input_shape: tuple[int | None, ...]) -> tuple[dict[int, int], tuple[tuple[int, ...], ...]]:
        """Returns which axes have which length, and the shape of each statistic. Raises `ValueError` if inputs do not fit."""

    @abc.abstractmethod
    def learn(self, batches: Iterator[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Returns the statistics of the data in `batches`, of which each has the shape that the layer was built for."""

    @abc.abstractmethod
    def there(self, operations: Any, inputs: Any, *statistics: Any) -> Any:
        """Returns what the layer makes of examples."""

    @abc.abstractmethod
    def back(self, operations: Any, outputs: Any, *statistics: Any) -> Any:
        """Returns examples from what the layer has made of them."""

    @property
    def precision(self) -> str:
        """The dtype that the layer computes in, and that its statistics have."""
        return "float64" if self.compute_dtype == "float64" else "float32"

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the statistics, not a number each until `adapt`."""
        input_shape = tuple(input_shape)
        lengths, shapes = self.shapes(input_shape)
        self.count = ExampleCount()
        for name, shape in zip(self.statistics, shapes, strict=True):
            # `autocast` also here: a layer that says it for itself is still cast where its policy is a mixed one.
            kind = {"initializer": keras.initializers.Constant(np.nan), "dtype": self.precision, "autocast": False}
            setattr(self, name, self.add_weight(name=name, shape=shape, trainable=False, **kind))
        self.input_spec = keras.layers.InputSpec(ndim=len(input_shape), axes=lengths)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns the statistics of `data`, in one pass, holding one batch at a time. What was learned before is forgotten.

        Give training inputs only: what is learned from validation or test data, they will be judged by.

        Args:
            data: an array of examples, of NumPy or a backend; or batches of them: a `tf.data.Dataset`, a
                `keras.utils.PyDataset`, a PyTorch `DataLoader`, a generator, a list of arrays. Where a batch is `(x, y)` or
                `(x, y, weights)`, x is taken.
            steps: how many batches to read; needed where they never end. None reads all. Not with an array.

        Raises:
            ValueError: `data` is nothing of the above, endless, empty, of another shape than the layer was built for, or holds
                NaN or infinity. The layer is as before then.
        """
        batches = batches_of(data, steps)
        first = next(batches, None)
        if first is None:
            raise invalid("data", "one example or more", data, "A generator that was read before is empty.")
        if not self.built:
            self.build((None, *first.shape[1:]))
        seen = _Counted(chain([first], batches), self.input_spec)
        learned = self.learn(iter(seen))
        for name, value in zip(self.statistics, learned, strict=True):
            getattr(self, name).assign(np.asarray(value, self.precision))
        self.count.assign(min(seen.examples, MOST_COUNTED))
        self._seen = True

    def __call__(self, inputs: Any, *arguments: Any, **keywords: Any) -> Any:
        """Calls the layer; in a `tf.data` pipeline, with TensorFlow's operations on every backend."""
        tensorflow = sys.modules.get("tensorflow")
        foreign = tensorflow is not None and keras.backend.backend() != "tensorflow"
        if foreign and tensorflow.is_symbolic_tensor(inputs):  # type: ignore[union-attr]
            self._demand(inputs)
            values = [ops.convert_to_numpy(getattr(self, name)) for name in self.statistics]
            return self._mapped(tensorflow, inputs, values, self.invert)
        if not isinstance(inputs, keras.KerasTensor):
            self._demand()
        return super().__call__(inputs, *arguments, **keywords)

    def call(self, inputs: Any) -> Any:
        """Returns the examples mapped; mapped back with `invert`."""
        return self._by_keras(inputs, self.invert)

    def inverse(self, outputs: Any) -> Any:
        """Returns the inputs that the layer gives `outputs` for, at once and outside of any model.

        In a model, put a layer with the other `invert` instead: built for the same shape, it takes the weights of this one.

        Raises:
            ValueError: the layer has not been adapted, or `outputs` have another shape than its inputs.
        """
        outputs = ops.convert_to_tensor(outputs)
        self._demand(outputs)
        return self._by_keras(outputs, not self.invert)

    def _by_keras(self, inputs: Any, back: bool) -> Any:
        return self._mapped(ops, inputs, [ops.convert_to_tensor(getattr(self, name)) for name in self.statistics], back)

    def _mapped(self, operations: Any, inputs: Any, statistics: list[Any], back: bool) -> Any:
        inputs = operations.cast(inputs, self.precision)
        outputs = (self.back if back else self.there)(operations, inputs, *statistics)
        return operations.cast(outputs, self.compute_dtype)

    def _demand(self, inputs: Any = None) -> None:
        """Raises `ValueError` unless the layer has been adapted, and to inputs such as these."""
        if not self._seen and not in_symbolic_scope():
            self._seen = self.built and self.count.positive()
        if not self._seen and not in_symbolic_scope():
            cure = "Call adapt(training_inputs) before the layer is used, or load its weights."
            raise ValueError(f"{type(self).__name__} '{self.name}' has seen no data. {cure}")
        if inputs is not None:
            check_fits("inputs", tuple(inputs.shape), self.input_spec)

    def load_own_variables(self, store: Any) -> None:
        """Takes the weights from a file."""
        super().load_own_variables(store)
        self._seen = self.built and self.count.positive()

    def say(self, sentence: str) -> None:
        """Warns of something in the data that `adapt` has been given."""
        warnings.warn(f"{type(self).__name__} '{self.name}': {sentence}", UserWarning, stacklevel=4)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the inputs' shape."""
        return tuple(input_shape)

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        """Returns shape and dtype of the outputs."""
        return keras.KerasTensor(tuple(inputs.shape), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments as plain values."""
        return {**super().get_config(), "invert": self.invert}


def check_fits(name: str, shape: tuple[int | None, ...], spec: keras.layers.InputSpec) -> None:
    """Raises `ValueError` unless inputs of `shape` are what a layer was built for."""
    lengths = {axis: length for axis, length in spec.axes.items() if axis < len(shape) and shape[axis] not in (None, length)}
    if len(shape) != spec.ndim or lengths:
        built = tuple(spec.axes.get(axis) for axis in range(spec.ndim))
        raise invalid(name, f"the shape {built} that the layer was built for", shape, "Adapt another layer to such inputs.")


class _Counted:
    """Batches that fit a layer, and how many examples have gone by."""

    def __init__(self, batches: Iterator[np.ndarray], spec: keras.layers.InputSpec) -> None:
        self.batches = batches
        self.spec = spec
        self.examples = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for batch in self.batches:
            check_fits("data", batch.shape, self.spec)
            self.examples += len(batch)
            yield batch
