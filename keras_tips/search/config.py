"""Reads a search config; every error names the file, the line, the key, what was expected and what was received."""

import os
from collections.abc import Mapping

from pydantic import ValidationError

from keras_tips._base.arguments import nearest
from keras_tips.search.problems import Problem, problems
from keras_tips.search.read_yaml import PlainYaml, read_yaml
from keras_tips.search.search_config import Dimension, Objective, SearchConfig, Settings

__all__ = ["load_config"]

# pydantic's kind of error -> what was expected; {} takes the limit.
EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "keys with values",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "int_type": "a whole number",
    "less_than_equal": "a number of at most {le:g}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "model_type": "keys with values",
    "string_too_short": "some text",
    "string_type": "text",
    "too_short": "at least one value",
}
SECTIONS: dict[str, type] = {"objective": Objective, "search": Settings}


def load_config(path: str | os.PathLike[str]) -> SearchConfig:
    """Reads and checks a search config.

    The file is read with a safe loader: plain mappings, lists, numbers, text, `true` and `false`. `1e-3` is a number, and
    `on`, `off`, `yes` and `no` are text.

    Args:
        path: of a YAML file; `docs/search.md` describes the format.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a config; the text names file, line, key, what was expected and what was received.

    Example:

    >>> load_config("tuner_configs/digits_quick.yaml").objective.goal
    'max'
    """
    file = read_yaml(path)
    if not isinstance(file.content, Mapping):
        raise _error(file, Problem((), "keys with values", file.content, "Begin with `version: 1`."))
    try:
        config = SearchConfig.model_validate(file.content)
    except ValidationError as error:
        raise _error(file, _problem(file, error)) from error
    for problem in problems(config):
        raise _error(file, problem)
    return config


def _problem(file: PlainYaml, error: ValidationError) -> Problem:
    """The first error of pydantic in our words; unknown keys first, since a misspelt key is also a missing one."""
    errors = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    first = errors[0]
    place = _place(file, first["loc"])
    if first["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        return Problem(place, "a known key", place[-1], nearest(place[-1], known))
    if first["type"] == "missing":
        missing = first["loc"][-1]
        return Problem((*place, missing), f"the key `{missing}`", "nothing", "Add it.")
    several = [each for each in errors if _place(file, each["loc"]) == place]
    if len(several) > 1:
        return Problem(place, "a number, a name, true or false", first["input"])
    expected = EXPECTED.get(first["type"], first["msg"]).format(**first.get("ctx", {}))
    cure = "Write true or false." if first["type"] == "bool_type" and isinstance(first["input"], str) else ""
    return Problem(place, expected, first["input"], cure)


def _place(file: PlainYaml, location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The part of pydantic's location that stands in the file: without its names for alternatives."""
    place: tuple[str | int, ...] = ()
    for piece in location:
        if (*place, piece) in file.lines:
            place = (*place, piece)
    return place


def _known_keys(section: tuple[str | int, ...]) -> list[str]:
    if not section:
        return list(SearchConfig.model_fields)
    kind = Dimension if section[0] == "space" else SECTIONS[str(section[0])]
    return list(kind.model_fields)  # type: ignore[attr-defined]


def _error(file: PlainYaml, problem: Problem) -> ValueError:
    place = tuple(piece for piece in problem.place if piece != "values" or problem.place in file.lines)
    key = ".".join(map(str, problem.place))
    named = f", key `{key}`" if key else ""
    received = problem.received if problem.received == "nothing" else repr(problem.received)
    sentence = f"Invalid config {file.path}, line {file.line(place)}{named}. Expected {problem.expected}. Received: {received}."
    return ValueError(f"{sentence} {problem.cure}".rstrip())
