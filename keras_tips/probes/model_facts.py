"""What is known of a model before it is trained."""

import math
from collections.abc import Iterator
from typing import Any

import keras

from keras_tips._base.arguments import invalid
from keras_tips.probes.activation_name import softmax_axis
from keras_tips.probes.inbound_layers import inbound_layers
from keras_tips.probes.last_activation import last_activations
from keras_tips.probes.layer_fact import layer_fact, width_of
from keras_tips.probes.loss_fact import loss_fact
from keras_tips.probes.losses_of import losses_of
from keras_tips.probes.metric_names import metric_names
from keras_tips.probes.optimizer_fact import optimizer_fact
from keras_tips.records.facts import ModelFact, OutputFact

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
    reads = inbound_layers(model)
    layers = [layer_fact(each, reads.get(each.name, ()), each.name in ends) for each in _operations(model)]
    known: dict[str, Any] = {"model": _model(model), "layers": layers}
    if outputs:
        known["outputs"] = outputs
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None:
        known["optimizer"] = optimizer_fact(optimizer)
    return known


def _model(model: keras.Model) -> ModelFact:
    return ModelFact(
        name=model.name,
        backend=keras.backend.backend(),
        parameters=sum(math.prod(weight.shape) for weight in model.weights),
        keras=str(keras.__version__),
        metrics=metric_names(model),
    )


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


def _outputs(model: keras.Model) -> list[OutputFact]:
    ends = last_activations(model)
    losses = losses_of(model, [end.output for end in ends])
    facts = []
    for end, loss in zip(ends, losses, strict=True):
        name, logits, reduction = loss_fact(loss)
        facts.append(
            OutputFact(
                name=end.output,
                layer=end.operation.name,
                activation=end.activation,
                units=end.units if end.units is not None else width_of(end.operation),
                loss=name,
                from_logits=logits,
                reduction=reduction,
                softmax_axis=softmax_axis(end.operation),
            )
        )
    return facts
