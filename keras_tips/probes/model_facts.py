"""What is known of a model before it is trained."""

import math
from collections.abc import Iterator
from typing import Any

import keras

from keras_tips._base.arguments import invalid
from keras_tips.probes.activation_name import activation_name
from keras_tips.probes.last_activation import last_activations
from keras_tips.probes.loss_fact import loss_fact
from keras_tips.records.facts import LayerFact, ModelFact, OptimizerFact, OutputFact

__all__ = ["model_facts"]


def model_facts(model: keras.Model) -> dict[str, Any]:
    """Returns the facts "model", "layers", "outputs" and "optimizer", as `keras_tips.records.facts` describes them.

    Args:
        model: Sequential, functional, nested or subclassed; built or not; compiled or not. Of a subclassed model the layers
            are listed in the order in which its constructor made them, and the last one is taken for its output. A model
            that is not compiled has no "optimizer" and no losses; one without any layer has no "outputs".

    Raises:
        ValueError: `model` is no Keras model.

    Example:

    >>> import keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1), keras.layers.Activation("sigmoid", name="last")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> output = model_facts(model)["outputs"][0]
    >>> output["activation"], output["loss"], output["from_logits"]
    ('sigmoid', 'binary_crossentropy', False)
    """
    if not isinstance(model, keras.Model):
        raise invalid("model", "a keras.Model", model)
    outputs = _outputs(model)
    ends = {output["layer"] for output in outputs}
    layers = [_layer(operation, ends) for operation in _operations(model)]
    known: dict[str, Any] = {"model": _model(model), "layers": layers}
    if outputs:
        known["outputs"] = outputs
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        known["optimizer"] = _optimizer(optimizer)
    return known


def _model(model: keras.Model) -> ModelFact:
    return ModelFact(
        name=model.name, backend=keras.backend.backend(), parameters=_parameters(model), keras=str(keras.__version__)
    )


def _parameters(layer: Any) -> int:
    """Weights that exist so far; a layer that is not built has none."""
    return sum(math.prod(weight.shape) for weight in getattr(layer, "weights", ()))


def _operations(model: keras.Model) -> Iterator[Any]:
    """Every layer, and the operations of functional models that are no layers, in the order of the data, each once."""
    seen: set[int] = set()

    def walk(inner: keras.Model) -> Iterator[Any]:
        for operation in getattr(inner, "operations", None) or inner.layers:
            if id(operation) in seen:
                continue
            seen.add(id(operation))
            if isinstance(operation, keras.Model) and operation.layers:
                yield from walk(operation)
            else:
                yield operation

    yield from walk(model)


def _layer(operation: Any, ends: set[str]) -> LayerFact:
    return LayerFact(
        name=operation.name,
        kind=type(operation).__name__,
        activation=activation_name(operation),
        units=_units(operation),
        parameters=_parameters(operation),
        trainable=bool(getattr(operation, "trainable", False)),
        variables=[variable.path for variable in getattr(operation, "trainable_variables", ())],
        output=operation.name in ends,
    )


def _units(operation: Any) -> int | None:
    """Width of the last axis that the operation gives, where it is known."""
    try:
        width = keras.tree.flatten(operation.output)[0].shape[-1]
    except (AttributeError, IndexError, ValueError):  # never called on a symbolic tensor, or several times
        width = getattr(operation, "units", None) or getattr(operation, "filters", None)
    return int(width) if isinstance(width, int) else None


def _outputs(model: keras.Model) -> list[OutputFact]:
    ends = last_activations(model)
    losses = _losses(getattr(model, "loss", None), [end.output for end in ends])
    facts = []
    for end, loss in zip(ends, losses, strict=True):
        name, logits = loss_fact(loss)
        facts.append(
            OutputFact(
                name=end.output,
                layer=end.operation.name,
                activation=end.activation,
                units=end.units if end.units is not None else _units(end.operation),
                loss=name,
                from_logits=logits,
            )
        )
    return facts


def _losses(loss: Any, names: list[str]) -> list[Any]:
    """One loss per output: `compile` takes one for all, or a list or a dict of them."""
    if isinstance(loss, dict):
        if set(loss) & set(names) or len(loss) != len(names):
            return [loss.get(name) for name in names]
        # The outputs are a dict with keys of its own, which flattens in the order of its sorted keys.
        return [loss[key] for key in sorted(loss)]
    if isinstance(loss, (list, tuple)):
        parts = keras.tree.flatten(loss)
        return parts if len(parts) == len(names) else [None] * len(names)
    return [loss] * len(names)


def _optimizer(optimizer: Any) -> OptimizerFact:
    """Name and learning rate; where the loss is scaled for half precision, of the optimizer inside."""
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    rate = optimizer.get_config().get("learning_rate")
    number = isinstance(rate, (int, float)) and not isinstance(rate, bool)
    return OptimizerFact(name=type(optimizer).__name__, learning_rate=float(rate) if number else None)
