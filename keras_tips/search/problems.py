"""What a config must mean, beyond its form: parameters that exist, ranges that make sense, conditions that can hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keras_tips._base.arguments import nearest
from keras_tips.search.parameters import Parameter, parameters
from keras_tips.search.search_config import Dimension, SearchConfig
from keras_tips.tips.catalogue import get, names

__all__ = ["problems"]

Place = tuple[str | int, ...]  # keys and indices that lead to a value

ALGORITHMS = ("random",)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a config, and where.

    Attributes:
        place: keys and indices that lead there.
        expected: what should stand there.
        received: what stands there.
        cure: what to do.
    """

    place: Place
    expected: str
    received: Any
    cure: str = ""


def problems(config: SearchConfig) -> Iterator[Problem]:
    """Yields what is wrong with a config of the right form, in the order of the sections."""
    if config.search.algorithm not in ALGORITHMS:
        known = f"Known: {', '.join(ALGORITHMS)}."
        yield Problem(("search", "algorithm"), "the name of a search algorithm", config.search.algorithm, known)
    if not config.space and not config.tips:
        yield Problem(("space",), "at least one parameter, or a tip under `tips`", {}, "There is nothing to search over.")
    yield from _in_model(config)
    for name, dimension in config.space.items():
        yield from _in_dimension(name, dimension)
    for name in config.space:
        yield from _in_conditions(config, name)
    yield from _in_tips(config)


def _in_model(config: SearchConfig) -> Iterator[Problem]:
    known = parameters()
    for name, value in config.model.items():
        if name not in known:
            yield Problem(("model", name), "a parameter of the built-in model", name, nearest(name, known))
        elif name in config.space:
            yield Problem(("model", name), "a parameter that is not searched", name, "It stands under `space` as well.")
        elif not known[name].accepts(value):
            yield Problem(("model", name), known[name].expected, value, _near_choice(known[name], value))


def _in_dimension(name: str, dimension: Dimension) -> Iterator[Problem]:
    known = parameters()
    place: Place = ("space", name)
    if name not in known:
        yield Problem(place, "a parameter of the built-in model", name, nearest(name, known))
    elif dimension.values is not None:
        yield from _in_values(known[name], place, dimension)
    elif dimension.min is None or dimension.max is None:
        yield Problem(place, "a list, {values: [...]} or {min: ..., max: ...}", dimension.model_dump(exclude_defaults=True))
    else:
        yield from _in_range(known[name], place, dimension, dimension.min, dimension.max)


def _in_values(parameter: Parameter, place: Place, dimension: Dimension) -> Iterator[Problem]:
    values = dimension.values or []
    for key in ("min", "max", "step"):
        if getattr(dimension, key) is not None:
            yield Problem((*place, key), "either values or a range", getattr(dimension, key), "Remove one of the two.")
    if dimension.log:
        yield Problem((*place, "log"), "log only with min and max", True, "Remove it.")
    for index, value in enumerate(values):
        where: Place = (*place, "values", index)
        if not parameter.accepts(value):
            yield Problem(where, parameter.expected, value, _near_choice(parameter, value))
        elif value in values[:index]:
            yield Problem(where, "each value once", value, "Remove one of the two.")


def _in_range(parameter: Parameter, place: Place, dimension: Dimension, low: float, high: float) -> Iterator[Problem]:
    if parameter.choices:
        yield Problem(place, "a list of names", {"min": low, "max": high}, f"Known: {', '.join(parameter.choices)}.")
        return
    for key, value in (("min", low), ("max", high), ("step", dimension.step)):
        if value is not None and parameter.whole and value != int(value):
            yield Problem((*place, key), "a whole number", value)
    if not parameter.accepts(int(low) if parameter.whole else low):
        yield Problem((*place, "min"), parameter.expected, low)
    if low >= high:
        yield Problem((*place, "max"), f"more than min, which is {low:g}", high)
    if dimension.log and dimension.step is not None:
        yield Problem((*place, "step"), "either log or step", dimension.step, "Remove one of the two.")


def _in_conditions(config: SearchConfig, name: str) -> Iterator[Problem]:
    """Problems of `when`, and of a parameter that nothing else lets play a part."""
    dimension = config.space[name]
    for parent, wanted in dimension.when.items():
        place = ("space", name, "when", parent)
        if parent == name or parent not in config.space:
            others = [other for other in config.space if other != name]
            yield Problem(place, "another parameter of the space", parent, nearest(parent, others))
            return
        for value in wanted:
            if not config.space[parent].holds(value):
                yield Problem(place, f"a value that `{parent}` can have", value, _possible(config.space[parent]))
    parameter = parameters().get(name)
    if parameter and parameter.needs and not _can_hold(config, *parameter.needs):
        other, needed = parameter.needs
        yield Problem(("space", name), f"`{other}` to be {needed!r} in some trials", name, f"`{name}` plays no part otherwise.")
    clash = _contradiction(config, name)
    if clash:
        yield Problem(("space", name, "when"), "conditions that can hold at once", dimension.when, clash)


def _can_hold(config: SearchConfig, name: str, value: Any) -> bool:
    if name in config.space:
        return config.space[name].holds(value)
    return bool(config.model.get(name, parameters()[name].default) == value)


def _contradiction(config: SearchConfig, name: str) -> str:
    """Says why the conditions of a parameter, with those of its parents, can never hold together; "" where they can."""
    allowed: dict[str, list[Any]] = {}
    waiting, seen = [name], {name}
    while waiting:
        for parent, wanted in config.space[waiting.pop()].when.items():
            if parent == name:
                return f"`{name}` waits for itself."
            allowed[parent] = [value for value in allowed.get(parent, wanted) if value in wanted]
            if not allowed[parent]:
                return f"No value of `{parent}` fits all of them."
            if parent in config.space and parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return ""


def _in_tips(config: SearchConfig) -> Iterator[Problem]:
    known = names()
    for index, name in enumerate(config.tips):
        if name not in known:
            yield Problem(("tips", index), "the name of a tip", name, nearest(name, known))
        elif not get(name).automatic:
            cure = f"It asks for a person: see keras-tips explain {name}."
            yield Problem(("tips", index), "a tip that a program can apply", name, cure)
        elif name in config.tips[:index]:
            yield Problem(("tips", index), "each tip once", name, "Remove one of the two.")


def _near_choice(parameter: Parameter, value: Any) -> str:
    return nearest(value, parameter.choices) if parameter.choices and isinstance(value, str) else ""


def _possible(dimension: Dimension) -> str:
    if dimension.values is not None:
        return f"It can be {', '.join(map(str, dimension.values))}."
    return f"It goes from {dimension.min:g} to {dimension.max:g}."
