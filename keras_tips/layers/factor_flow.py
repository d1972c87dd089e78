"""Rebuilds a model with other layers in the place of some, where these change what they hand on by a factor."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

from keras_tips._base.arguments import invalid
from keras_tips.layers.copy_state import copy_state
from keras_tips.layers.positive_factors import absorbing_kernel, lets_factors_through

__all__ = ["FactorFlow", "is_functional"]

SUFFIX = "_dropout_scale"  # of the names of inserted layers, by which the way back finds them
ROUNDING = 1e-9  # relative; factors nearer to 1 are 1, since only Python's rounding keeps them from it


def is_functional(model: Any) -> bool:
    """Whether `model` was made of inputs and outputs. Keras does not export the class, but only its models have operations."""
    return isinstance(model, keras.Model) and not isinstance(model, keras.Sequential) and hasattr(model, "operations")


class FactorFlow:
    """Follows factors through one model, layer by layer, while it is being rebuilt.

    A layer that lets its factor through hands it on; one with a kernel takes it into the kernel; in front of any other,
    behind layers whose outputs are used several times, and at the model's outputs, a `keras.layers.Rescaling` undoes it. So
    outputs stay the same, in training too.

    Args:
        exchange: makes of a layer its successor and the factor by which that one's outputs are larger; None for a layer
            that is to be copied.
        rebuild: makes the new model of a model that is used as a layer.
    """

    def __init__(
        self, exchange: Callable[[Any], tuple[Any, float] | None], rebuild: Callable[[keras.Model], keras.Model]
    ) -> None:
        self.exchange = exchange
        self.rebuild = rebuild
        self.pairs: list[tuple[Any, Any]] = []  # (old layer, new layer); holding them keeps their ids valid
        self.old_of: dict[int, Any] = {}  # id of a new layer -> the layer it stands for
        self.gains: dict[int, float] = {}  # id of a new layer -> by how much its outputs are larger than the old ones
        self.folds: list[tuple[Any, float]] = []  # (new layer, factor that its kernel takes in)
        self.calls: Counter[str] = Counter()  # name of a layer -> how often the model calls it
        self.readers: Counter[str] = Counter()  # name of a layer -> how often its outputs are used
        self.tensors: dict[int, tuple[Any, float, str]] = {}  # id of a tensor -> (tensor, its factor, name of its layer)
        self.names: set[str] = set()

    def sequential(self, model: keras.Sequential) -> keras.Sequential:
        """Returns the new model of a built sequential one."""
        given = model.inputs[0]
        layers = [keras.Input(batch_shape=given.shape, dtype=given.dtype, sparse=given.sparse, name=given.name)]
        self.names |= {layer.name for layer in model.layers if not _inserted(layer)}
        name, dtype, factor = given.name, given.dtype, 1.0
        for old in model.layers:
            new = self._successor(old)
            kept, handed_on = self._treatment(new, [factor])
            if kept != factor:
                layers.append(self._undoing(factor, name, dtype))
            if not _inserted(old):
                layers.append(new)
                name, dtype = new.name, new.compute_dtype
            factor = handed_on
        if factor != 1.0:
            layers.append(self._undoing(factor, name, dtype))
        rebuilt = type(model)(layers, name=model.name, trainable=model.trainable)
        self._fill()
        return rebuilt

    def functional(self, model: keras.Model) -> keras.Model:
        """Returns the new model of a functional one."""
        view = keras.Model(model.input, model.output, name=model.name)  # the same layers, not compiled
        for layer in view.get_config()["layers"]:
            self.calls[layer["name"]] = len(layer["inbound_nodes"])
            self.readers.update(_layers_named_in(layer["inbound_nodes"]))
        self.readers.update(view.output_names)
        self.names |= set(self.calls)
        clone = keras.models.clone_model(view, clone_function=self._successor, call_function=self._called)
        outputs = keras.tree.map_structure(self._without_factor, clone.output)
        try:
            rebuilt = type(model)(clone.input, outputs, name=model.name)
        except TypeError as error:  # of a class with a constructor of its own
            expected = "a class that can be made of inputs, outputs and name"
            cure = "Convert `keras.Model(model.input, model.output)` instead."
            raise invalid("model", expected, type(model).__name__, cure) from error
        self._fill()
        return rebuilt

    def _successor(self, old: Any) -> Any:
        """What stands for a layer in the new model, without its weights as yet."""
        exchanged = self.exchange(old)
        if exchanged is not None:
            new, self.gains[id(exchanged[0])] = exchanged[0], exchanged[1]
        elif isinstance(old, keras.Sequential) or is_functional(old):
            new = self.rebuild(old)
        else:
            new = type(old).from_config(old.get_config())
        if _inserted(old):  # it is left out, so what comes out of it has not been scaled
            self.gains[id(new)] = 1 / old.scale
        self.old_of[id(new)] = old
        self.pairs.append((old, new))
        return new

    def _treatment(self, new: Any, factors: Sequence[float]) -> tuple[float, float]:
        """The factor that the inputs of a layer may have, and the one that its outputs have then."""
        factor = factors[0] if len(set(factors)) == 1 else 1.0
        if id(new) in self.gains:
            gained = factor * self.gains[id(new)]
            return factor, 1.0 if math.isclose(gained, 1.0, rel_tol=ROUNDING) else gained
        old = self.old_of[id(new)]
        if factor == 1.0 or lets_factors_through(old):
            return factor, factor
        if len(factors) == 1 and self.calls.get(old.name, 1) == 1 and absorbing_kernel(old) is not None:
            self.folds.append((new, factor))
            return factor, 1.0
        return 1.0, 1.0

    def _called(self, new: Any, *args: Any, **kwargs: Any) -> Any:
        """Calls a layer of the new model on tensors of the new model."""
        inputs = [leaf for leaf in keras.tree.flatten((args, kwargs)) if _is_number_tensor(leaf)]
        known = [self._factor_and_name(tensor) for tensor in inputs]
        left_out = _inserted(new) and self.calls[new.name] == 1 and self.readers[known[0][1]] == 1
        if left_out:
            self.names.discard(new.name)
        elif _inserted(new):  # others read the same tensor, so it cannot stand for this layer's outputs as well
            self.gains.pop(id(new), None)
        kept, handed_on = self._treatment(new, [factor for factor, _ in known] or [1.0])
        if any(factor != kept for factor, _ in known):
            args, kwargs = keras.tree.map_structure(self._without_factor, (args, kwargs))
        outputs = inputs[0] if left_out else new(*args, **kwargs)
        name = known[0][1] if left_out else new.name
        if handed_on != 1.0 and self.readers[new.name] > 1:
            outputs = self._undoing(handed_on, name, outputs.dtype)(outputs)
            handed_on = 1.0
        for tensor in keras.tree.flatten(outputs):
            self.tensors[id(tensor)] = (tensor, handed_on, name)
        return outputs

    def _factor_and_name(self, tensor: Any) -> tuple[float, str]:
        _, factor, name = self.tensors.get(id(tensor), (tensor, 1.0, ""))
        return factor, name

    def _without_factor(self, leaf: Any) -> Any:
        factor, name = self._factor_and_name(leaf)
        return leaf if factor == 1.0 else self._undoing(factor, name, leaf.dtype)(leaf)

    def _undoing(self, factor: float, after: str, dtype: str) -> keras.layers.Layer:
        """A new layer that divides by `factor`."""
        name, number = f"{after}{SUFFIX}", 1
        while name in self.names:
            number += 1
            name = f"{after}_{number}{SUFFIX}"
        self.names.add(name)
        return keras.layers.Rescaling(1 / factor, name=name, dtype=dtype)

    def _fill(self) -> None:
        """Gives the layers of the new model their weights."""
        for old, new in self.pairs:
            if isinstance(new, keras.layers.Layer) and not isinstance(new, keras.Sequential) and not is_functional(new):
                copy_state(old, new)
        for new, factor in self.folds:
            kernel: Any = absorbing_kernel(new)  # there is one, or the factor would have been undone in front
            kernel.assign(kernel / factor)


def _inserted(layer: Any) -> bool:
    named = type(layer) is keras.layers.Rescaling and layer.name.endswith(SUFFIX)
    return named and isinstance(layer.scale, float) and layer.scale > 0 and layer.offset == 0


def _is_number_tensor(leaf: Any) -> bool:
    """Tensors and constant arrays, but for masks."""
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype") and keras.backend.standardize_dtype(leaf.dtype) != "bool"


def _layers_named_in(nodes: Any) -> Iterator[str]:
    """Names of the layers whose outputs stand in the stored calls of a layer."""
    if isinstance(nodes, dict) and nodes.get("class_name") == "__keras_tensor__":
        yield nodes["config"]["keras_history"][0]
    elif isinstance(nodes, dict | list | tuple):
        for part in nodes.values() if isinstance(nodes, dict) else nodes:
            yield from _layers_named_in(part)
