"""The built-in model: a plain deep network for rows of numbers."""

from collections.abc import Mapping
from typing import Any

import keras

from keras_tips.layers import MaxoutDense
from keras_tips.records.experiment import Experiment
from keras_tips.search.parameters import parameters
from keras_tips.search.task import Task
from keras_tips.tips.experiments import describe

__all__ = ["network"]


def network(values: Mapping[str, Any], shape: tuple[int, ...], task: Task, *, epochs: int, seed: int = 0) -> Experiment:
    """Returns the experiment of a network: `layers` hidden layers of `units` units, then the layer the task asks for.

    Args:
        values: parameter -> value; those left out have the defaults of `parameters()`.
        shape: of one row of inputs; rows of more than one axis are flattened.
        task: what the targets ask for.
        epochs: how long to train.
        seed: of weights, shuffling and dropout.

    >>> experiment = network({"units": 8}, (64,), Task(10, "softmax", "sparse_categorical_crossentropy", "accuracy"), epochs=5)
    >>> [layer["config"]["units"] for layer in experiment.model["config"]["layers"] if layer["class_name"] == "Dense"]
    [8, 8, 10]
    """
    chosen = {name: parameter.default for name, parameter in parameters().items()} | dict(values)
    layers: list[Any] = [keras.Input(shape)]
    if len(shape) != 1:
        layers.append(keras.layers.Flatten())
    for _ in range(chosen["layers"]):
        layers += _hidden(chosen["units"], chosen["activation"], chosen["pieces"])
    layers.append(keras.layers.Dense(task.outputs, activation=task.activation))
    model = keras.Sequential(layers, name="network")
    model.compile(keras.optimizers.Adam(chosen["lr"]), task.loss, metrics=[task.metric])
    return describe(model, seed=seed, epochs=epochs, batch_size=chosen["batch_size"])


def _hidden(units: int, activation: str, pieces: int) -> list[keras.layers.Layer]:
    if activation == "maxout":
        return [MaxoutDense(units, pieces=pieces)]
    if activation == "prelu":
        return [keras.layers.Dense(units), keras.layers.PReLU()]
    return [keras.layers.Dense(units, activation=activation)]
