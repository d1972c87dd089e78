"""Looks at a network from outside: runs it on some rows and measures everything on the way, without changing anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.watched_layers import inner_layers, place_of, watched_layers
from keras_tips.probes.answers import Answers
from keras_tips.probes.data_loss import data_loss
from keras_tips.probes.layer_numbers import layer_numbers, mode_numbers
from keras_tips.probes.losses_of import loss_weights_of, losses_of
from keras_tips.probes.prediction_numbers import prediction_numbers
from keras_tips.probes.probe import LayerStep
from keras_tips.probes.readout import columns_of
from keras_tips.probes.targets_by_output import answers_by_output, targets_by_output
from keras_tips.probes.without_trace import without_trace
from keras_tips.records.facts import OutputFact

__all__ = ["Look", "Numbers", "look", "rows_to_look_at"]

MOST_ROWS = 512
MOST_NUMBERS = 500_000  # outputs of all layers together, in one pass: a few hundredths of a second
FEWEST_ROWS = 16

Numbers = dict[tuple[str, str], float]  # (quantity, place) -> number


@dataclass(frozen=True)
class Look:
    """What was seen.

    Attributes:
        numbers: (quantity, place) -> number, as `keras_tips.records.facts` describes them.
        features: path of a layer -> a table of its outputs, at inference.
        answers: per output with comparable targets, by its name.
    """

    numbers: Numbers
    features: Mapping[str, np.ndarray] = field(default_factory=dict)
    answers: Mapping[str, Answers] = field(default_factory=dict)


def rows_to_look_at(model: keras.Model) -> int:
    """Returns how many rows a look takes: fewer where a network gives many numbers for each."""
    fixed = [tensor.shape[0] for tensor in getattr(model, "inputs", None) or () if tensor.shape[0]]
    if fixed:
        return int(fixed[0])
    sizes = [np.prod([length or 1 for length in shape]) for layer in inner_layers(model) for shape in _output_shapes(layer)]
    return int(np.clip(MOST_NUMBERS / max(1.0, float(np.sum(sizes))), FEWEST_ROWS, MOST_ROWS))


def _output_shapes(layer: keras.layers.Layer) -> list[tuple[int | None, ...]]:
    try:
        return [tuple(tensor.shape[1:]) for tensor in keras.tree.flatten(layer.output)]
    except (AttributeError, ValueError):  # never called on a symbolic tensor, or several times
        return []


def look(
    model: keras.Model,
    outputs: Sequence[OutputFact],
    rows: Rows,
    held_out: Rows | None = None,
    batch_size: int = 32,
    deep: bool = True,
) -> Look:
    """Returns what the network makes of some rows.

    Args:
        model: built; it need not be compiled.
        outputs: the fact of that name.
        rows: of training.
        held_out: of validation.
        batch_size: rows of a training step, of which some losses are the sum.
        deep: whether the rows are also run in training mode, and what layers give is kept.

    Example:

    >>> from keras_tips.probes.model_facts import model_facts
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="zeros", name="y")])
    >>> model.compile("sgd", "mse")
    >>> seen = look(model, model_facts(model)["outputs"], Rows(np.ones((4, 2)), np.ones((4, 1))))
    >>> seen.numbers["inference_loss", "train"]
    1.0
    """
    outputs = list(outputs)
    with without_trace(model):
        steps, predictions = _passed(model, rows.x, training=False)
        trained = _passed(model, rows.x, training=True) if deep else ({}, [])
        beside = _passed(model, held_out.x, training=False)[1] if held_out is not None else []
    found = _of_layers(steps, trained[0]) | _penalties(model, steps)
    targets, right = targets_by_output(rows.y, outputs), answers_by_output(rows.y, outputs)
    found |= _of_predictions(predictions, right)
    losses = [("inference_loss", "train", targets, predictions), ("training_mode_loss", "train", targets, trained[1])]
    for (quantity, place), number in _of_predictions(trained[1], right).items():
        if quantity == "training_score":
            found["training_mode_score", place] = number
    if held_out is not None:
        known = targets_by_output(held_out.y, outputs)
        losses.append(("inference_loss", "validation", known, beside))
        scores = _of_predictions(beside, answers_by_output(held_out.y, outputs))
        found |= {("validation_score", place): number for (name, place), number in scores.items() if name == "training_score"}
    for quantity, place, y, said in losses:
        loss = _loss(model, outputs, y, said, batch_size)
        if loss is not None:
            found[quantity, place] = loss
    features = {path: columns_of(_array(step)).astype("float32") for path, step in steps.items()} if deep else {}
    return Look(found, features, right)


def _passed(model: keras.Model, x: Any, training: bool) -> tuple[dict[str, LayerStep], list[np.ndarray]]:
    """What layers gave, and the predictions of each output."""
    inputs = keras.tree.map_structure(ops.convert_to_tensor, x)
    with watched_layers(model) as seen:
        said = model(inputs, training=training)
    return seen, [np.asarray(ops.convert_to_numpy(each)) for each in keras.tree.flatten(said)]


def _array(step: LayerStep) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(step.outputs))


def _of_layers(steps: Mapping[str, LayerStep], trained: Mapping[str, LayerStep]) -> Numbers:
    found: Numbers = {}
    for path, step in steps.items():
        outputs = _array(step)
        if not outputs.size or outputs.ndim < 2:
            continue
        numbers = layer_numbers(outputs, step.axis, step.activation)
        other = _array(trained[path]) if path in trained else None
        if other is not None and other.shape == outputs.shape:
            numbers |= mode_numbers(outputs, other, step.axis)
        found |= {(quantity, path): number for quantity, number in numbers.items()}
    return found


def _penalties(model: keras.Model, steps: Mapping[str, LayerStep]) -> Numbers:
    """What the regularizers of each layer add to the loss of a step."""
    found: Numbers = {}
    for layer in inner_layers(model):
        pulled = [variable for variable in layer.trainable_variables if variable.regularizer is not None]
        terms = [variable.regularizer(variable) for variable in pulled]
        activity = getattr(layer, "activity_regularizer", None)
        if activity is not None and place_of(layer) in steps:
            outputs = steps[place_of(layer)].outputs
            terms.append(activity(outputs) / max(1, int(outputs.shape[0])))  # per row, as Keras counts it
        if terms:
            found["penalty", place_of(layer)] = float(sum(float(ops.convert_to_numpy(term)) for term in terms))
    return found


def _of_predictions(predictions: Sequence[np.ndarray], right: Mapping[str, Answers]) -> Numbers:
    """Numbers of each output; outputs with answers are those with targets, in order."""
    found: Numbers = {}
    if len(right) == len(predictions):
        for (name, known), said in zip(right.items(), predictions, strict=True):
            found |= {(quantity, name): number for quantity, number in prediction_numbers(said, known).items()}
    return found


def _loss(
    model: keras.Model,
    outputs: Sequence[OutputFact],
    targets: Sequence[np.ndarray | None],
    predictions: Sequence[np.ndarray],
    batch_size: int,
) -> float | None:
    known = [target for target in targets if target is not None]
    if len(known) != len(outputs) or len(predictions) != len(outputs):
        return None
    names = [output["name"] for output in outputs]
    return data_loss(losses_of(model, names), loss_weights_of(model, names), known, predictions, batch_size)
