"""The search space of a config, as KerasTuner's hyperparameters."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from keras_tips.search.parameters import Parameter, parameters
from keras_tips.search.search_config import Dimension, SearchConfig
from keras_tips.tips.catalogue import get

__all__ = ["open_space"]


@dataclass(frozen=True)
class Point:
    """One point of the space.

    Attributes:
        parameters: those that play a part -> value.
        tips: those that are on -> their values, in the order of the config.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    tips: dict[str, dict[str, Any]] = field(default_factory=dict)


def open_space(config: SearchConfig, hp: Any) -> Point:
    """Opens all hyperparameters of a config and returns the point that they stand at.

    Every hyperparameter is opened each time, those that play no part too, so that KerasTuner knows the whole space at once.
    Their names are those of the config; a tip is a truth value under its name, its own values are `tip.value`.

    Args:
        config: what to search over.
        hp: KerasTuner's `HyperParameters`.
    """
    known = parameters()
    point = Point()
    for name in _parents_first(config):
        value = _open(hp, name, config.space[name], known[name], _conditions(config.space[name], known[name], config))
        if value is not None:
            point.parameters[name] = value
    for name in config.tips:
        applied = hp.Boolean(name)
        with hp.conditional_scope(name, [True]):
            values = get(name).space(hp)
        if applied:
            point.tips[name] = values
    return point


def _parents_first(config: SearchConfig) -> Iterator[str]:
    """The parameters of the space, each after those it depends on: KerasTuner asks for that order."""
    waiting = list(config.space)
    done: set[str] = set()
    while waiting:
        for name in waiting:
            needed = set(_conditions(config.space[name], parameters()[name], config))
            if needed <= done:
                break
        waiting.remove(name)
        done.add(name)
        yield name


def _conditions(dimension: Dimension, parameter: Parameter, config: SearchConfig) -> dict[str, Sequence[Any]]:
    """What must hold for a parameter to play a part: what the config says, and what lies in its nature."""
    conditions: dict[str, Sequence[Any]] = dict(dimension.when)
    if parameter.needs and parameter.needs[0] in config.space:
        conditions.setdefault(parameter.needs[0], [parameter.needs[1]])
    return conditions


def _open(hp: Any, name: str, dimension: Dimension, parameter: Parameter, conditions: dict[str, Sequence[Any]]) -> Any:
    with ExitStack() as scopes:
        for parent, wanted in conditions.items():
            scopes.enter_context(hp.conditional_scope(parent, list(wanted)))
        if dimension.values is not None:
            values = dimension.values
            if any(isinstance(value, float) for value in values):
                values = [float(value) for value in values]
            return hp.Choice(name, values)
        kind, number = (hp.Int, int) if parameter.whole else (hp.Float, float)
        step = number(dimension.step) if dimension.step else None
        sampling = "log" if dimension.log else "linear"
        return kind(name, number(dimension.min or 0), number(dimension.max or 0), step=step, sampling=sampling)
