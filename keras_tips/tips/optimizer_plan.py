"""Reads and changes the optimizer of an experiment as plain data."""

from collections.abc import Mapping
from typing import Any

from keras_tips._base.arguments import invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object

__all__ = ["learning_rate_of", "optimizer_of", "scaled_rate", "with_optimizer"]

CLASSES = (
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "RMSprop",
    "SGD",
)
BY_NAME = {name.lower(): name for name in CLASSES}
# Keras's own default rates, where an optimizer is given by its name alone.
DEFAULT_RATES = {"SGD": 0.01, "Adadelta": 0.001, "Adagrad": 0.001, "AdamW": 0.001}
# Entries of a schedule's config that are learning rates, Keras's and ours.
RATES = ("initial_learning_rate", "end_learning_rate", "warmup_target", "learning_rate", "maximum", "minimum", "values")


def optimizer_of(experiment: Experiment) -> dict[str, Any]:
    """Returns the config of the experiment's optimizer: the inner one where a loss scale wraps it.

    Raises:
        ValueError: it has none, or one that Keras does not know by this name.
    """
    optimizer = experiment.compile.get("optimizer", "rmsprop")
    if isinstance(optimizer, str) and optimizer.lower() in BY_NAME:
        return keras_object("optimizers", BY_NAME[optimizer.lower()])
    if not isinstance(optimizer, Mapping) or not isinstance(optimizer.get("config"), Mapping):
        cure = "Take the experiment from a compiled model with keras_tips.tips.describe(model)."
        raise invalid("experiment", "an optimizer of Keras", optimizer, cure)
    inner = optimizer["config"].get("inner_optimizer")
    return dict(inner) if isinstance(inner, Mapping) else dict(optimizer)


def with_optimizer(experiment: Experiment, optimizer: Mapping[str, Any]) -> Experiment:
    """Returns the experiment with this optimizer; a loss scale around it stays."""
    outer = experiment.compile.get("optimizer")
    if isinstance(outer, Mapping) and isinstance(outer.get("config"), Mapping) and outer["config"].get("inner_optimizer"):
        optimizer = {**outer, "config": {**outer["config"], "inner_optimizer": dict(optimizer)}}
    return experiment.replace(compile={**experiment.compile, "optimizer": dict(optimizer)})


def learning_rate_of(optimizer: Mapping[str, Any]) -> Any:
    """Returns the learning rate: a number, or the config of a schedule."""
    return optimizer["config"].get("learning_rate", DEFAULT_RATES.get(optimizer["class_name"], 0.001))


def scaled_rate(experiment: Experiment, factor: float) -> Experiment:
    """Returns the experiment with its learning rate, or every rate of its schedule, times `factor`.

    Raises:
        ValueError: the rate is zero, negative or not finite, so that no factor repairs it.
    """
    optimizer = optimizer_of(experiment)
    rate = learning_rate_of(optimizer)
    if isinstance(rate, Mapping):
        config = {key: _times(value, factor) if key in RATES else value for key, value in rate["config"].items()}
        changed: Any = {**rate, "config": config}
    else:
        if not 0.0 < rate < float("inf"):
            cure = "No factor repairs it: take the tip adam, or compile with a rate such as 0.001."
            raise invalid("experiment", "a learning rate above 0", rate, cure)
        changed = rate * factor
    return with_optimizer(experiment, {**optimizer, "config": {**optimizer["config"], "learning_rate": changed}})


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, (list, tuple)):
        return [part * factor for part in value]
    return value if value is None else value * factor
