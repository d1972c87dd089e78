"""A training run before it is run: model, compile and fit, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Experiment"]


@dataclass(frozen=True)
class Experiment:
    """What a tip transforms: everything that decides how a model is trained, except the training rows.

    It holds plain values only (those of Keras's own configs), so that it can be compared, stored and changed without a
    framework. `keras_tips.tips.build` turns it into a compiled model.

    Attributes:
        model: what `keras.saving.serialize_keras_object(model)` returns for a Sequential or functional model.
        compile: what `model.get_compile_config()` returns: optimizer, loss, metrics and so on. Where a schedule needs a
            number of steps, it may be `{"share_of_training": 0.5}`: the rows of training decide what that is.
        fit: arguments of `fit` that are plain values: `epochs`, `batch_size`, `shuffle`, `class_weight`, ...
        callbacks: class name -> arguments of Keras or keras_tips callbacks that take part in training.
        adapt: names of layers that learn from the training inputs (`adapt`) before training.
        seed: of weights, shuffling and dropout.
        applied: names of the tips that made it what it is, in order.
        undecayed: words in the names of weights that the optimizer's weight decay leaves alone, such as `"bias"`.
    """

    model: Mapping[str, Any]
    compile: Mapping[str, Any]
    fit: Mapping[str, Any] = field(default_factory=dict)
    callbacks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    adapt: tuple[str, ...] = ()
    seed: int = 0
    applied: tuple[str, ...] = ()
    undecayed: tuple[str, ...] = ()

    def replace(self, **changes: Any) -> "Experiment":
        """Returns a copy with some attributes replaced."""
        return replace(self, **changes)
