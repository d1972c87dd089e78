"""Looks at a network from outside: runs it on some rows and measures everything on the way, without changing anything."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.view import View, minds_training, view
from keras_tips.callbacks.watched_layers import inner_layers
from keras_tips.probes.answers import Answers
from keras_tips.probes.data_loss import data_loss
from keras_tips.probes.layer_numbers import layer_numbers, mode_numbers
from keras_tips.probes.losses_of import loss_weights_of, losses_of
from keras_tips.probes.prediction_numbers import prediction_numbers
from keras_tips.probes.probe import LayerStep
from keras_tips.probes.readout import columns_of, readout_score
from keras_tips.probes.targets_by_output import answers_by_output, targets_by_output
from keras_tips.records.facts import OutputFact

__all__ = ["Look", "Numbers", "look", "rows_to_look_at"]

MOST_ROWS = 512
MOST_NUMBERS = 500_000  # outputs of all layers together, in one pass: a few hundredths of a second
FEWEST_ROWS = 16
# What a network says is kept until someone asks. A language model gives a number for each word of its vocabulary, at each place
# of a sequence: of these a few rows tell as much, and more would take more memory than a training step does.
MOST_SAID, FEWEST_LONG_ROWS = 4_000_000, 2  # numbers of all outputs together, 16 MB in float32

Numbers = dict[tuple[str, str], float]  # (quantity, place) -> number


@dataclass(frozen=True)
class Look:
    """What was seen. Numbers are worked out when someone asks for them: training need not wait for it.

    Attributes:
        outputs: the fact of that name.
        losses: of each output, and their weights in the sum.
        rows: of training, that the network was run on.
        held_out: of validation, likewise.
        batch_size: rows of a training step, of which some losses are the sum.
        inference: what it gave to `rows` at inference, and `training`, in training mode, if that was looked at.
        validation: what it gave to `held_out`.
    """

    outputs: Sequence[OutputFact]
    losses: tuple[Sequence[Any], Sequence[float]]
    rows: Rows
    held_out: Rows | None
    batch_size: int
    inference: View
    training: View | None
    validation: View | None

    @cached_property
    def numbers(self) -> Numbers:
        """(quantity, place) -> number, as `keras_tips.records.facts` describes them."""
        trained = self.training or View()
        found = _of_layers(self.inference.layers, trained.layers)
        found |= {("penalty", place): number for place, number in self.inference.penalties.items()}
        found |= _of_predictions(self.inference.predictions, self.answers)
        for (quantity, place), number in _of_predictions(trained.predictions, self.answers).items():
            if quantity == "training_score":
                found["training_mode_score", place] = number
        found |= self._loss("inference_loss", "train", self.rows, self.inference)
        found |= self._loss("training_mode_loss", "train", self.rows, trained)
        if self.held_out is not None and self.validation is not None:
            right = answers_by_output(self.held_out.y, self.outputs)
            scores = _of_predictions(self.validation.predictions, right)
            found |= {
                ("validation_score", place): number for (name, place), number in scores.items() if name == "training_score"
            }
            found |= self._loss("inference_loss", "validation", self.held_out, self.validation)
        return found

    @cached_property
    def answers(self) -> Mapping[str, Answers]:
        """Per output with comparable targets, by its name."""
        return answers_by_output(self.rows.y, self.outputs)

    @property
    def readouts(self) -> Numbers:
        """What linear readouts of the layers' outputs score."""
        if self.training is None or len(self.answers) != 1:
            return {}
        (right,) = self.answers.values()
        tables = {path: columns_of(step.outputs) for path, step in self.inference.layers.items()}
        scores = {path: readout_score(table, right) for path, table in tables.items()}
        return {("linear_score", path): score for path, score in scores.items() if score is not None}

    def _loss(self, quantity: str, place: str, rows: Rows, seen: View) -> Numbers:
        targets = [target for target in targets_by_output(rows.y, self.outputs) if target is not None]
        if not len(targets) == len(seen.predictions) == len(self.outputs):
            return {}
        loss = data_loss(*self.losses, targets, seen.predictions, self.batch_size)
        return {} if loss is None else {(quantity, place): loss}


def rows_to_look_at(model: keras.Model) -> int:
    """Returns how many rows a look takes: fewer where a network gives many numbers for each."""
    fixed = [tensor.shape[0] for tensor in getattr(model, "inputs", None) or () if tensor.shape[0]]
    if fixed:
        return int(fixed[0])
    said = _numbers([tuple(tensor.shape[1:]) for tensor in getattr(model, "outputs", None) or ()])
    fewest = np.clip(MOST_SAID / said, FEWEST_LONG_ROWS, FEWEST_ROWS)
    whole = _numbers([shape for layer in inner_layers(model) for shape in _output_shapes(layer)])
    return int(np.clip(MOST_NUMBERS / whole, fewest, MOST_ROWS))


def _numbers(shapes: Sequence[tuple[int | None, ...]]) -> float:
    """How many numbers rows of these shapes hold together, 1 at least."""
    return max(1.0, float(sum(math.prod(length or 1 for length in shape) for shape in shapes)))


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
        deep: whether the rows are also run in training mode, and readouts are wanted.

    Example:

    >>> from keras_tips.probes.model_facts import model_facts
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="zeros", name="y")])
    >>> model.compile("sgd", "mse")
    >>> seen = look(model, model_facts(model)["outputs"], Rows(np.ones((4, 2)), np.ones((4, 1))))
    >>> seen.numbers["inference_loss", "train"]
    1.0
    """
    names = [output["name"] for output in outputs]
    room = rows_to_look_at(model)
    inference = view(model, rows.x, training=False, room=room)
    return Look(
        outputs=list(outputs),
        losses=(losses_of(model, names), loss_weights_of(model, names)),
        rows=rows,
        held_out=held_out,
        batch_size=batch_size,
        inference=inference,
        training=(view(model, rows.x, training=True) if minds_training(model) else inference) if deep else None,
        validation=None if held_out is None else view(model, held_out.x, training=False, room=room),
    )


def _of_layers(steps: Mapping[str, LayerStep], trained: Mapping[str, LayerStep]) -> Numbers:
    found: Numbers = {}
    for path, step in steps.items():
        outputs = step.outputs
        if not outputs.size or outputs.ndim < 2:
            continue
        numbers = layer_numbers(outputs, step.axis, step.activation)
        other = trained[path].outputs if path in trained else None
        if other is not None and other.shape == outputs.shape:
            numbers |= mode_numbers(outputs, other, step.axis)
        found |= {(quantity, path): number for quantity, number in numbers.items()}
    return found


def _of_predictions(predictions: Sequence[np.ndarray], right: Mapping[str, Answers]) -> Numbers:
    """Numbers of each output; outputs with answers are those with targets, in order."""
    found: Numbers = {}
    if len(right) == len(predictions):
        for (name, known), said in zip(right.items(), predictions, strict=True):
            found |= {(quantity, name): number for quantity, number in prediction_numbers(said, known).items()}
    return found
