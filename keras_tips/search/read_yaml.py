"""Reads the plain part of YAML: mappings, lists, text, numbers, true and false, each with its line.

PyYAML follows YAML 1.1, in which `1e-3` is text, `on` is true, `1:30` is 90 and `010` is 8. Here a plain scalar is a number
when it looks like one, `true` and `false` are the only truth values, and everything else is text.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["read_yaml"]

Place = tuple[str | int, ...]

WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
PLAIN_TAGS = frozenset(("!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"))
DEEPEST = 20  # levels of nesting; a config needs five


@dataclass(frozen=True)
class PlainYaml:
    """The content of a YAML file.

    Attributes:
        path: the file, for messages.
        content: plain values.
        lines: place, as a tuple of keys and indices, -> line in the file, counted from 1.
    """

    path: str
    content: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """Returns the line of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


class _Loader(yaml.SafeLoader):
    """A loader that leaves every scalar as it is written."""

    yaml_implicit_resolvers: dict[str, Any] = {}


def read_yaml(path: str | os.PathLike[str]) -> PlainYaml:
    """Reads a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no plain YAML: bad syntax, a key twice, an alias, a tag, several documents, no text.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"Invalid `path`. Expected the path of a config file. Received: path={path!r}.")
    if Path(path).is_dir():
        raise ValueError(f"Invalid config {path}. Expected a YAML file. Received a folder. Name the file in it.")
    if not Path(path).exists():
        raise FileNotFoundError(f"No config at {path}. Expected a YAML file. Check the path.")
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"Invalid config {path}. Expected text in UTF-8. Received bytes that are none.") from error
    lines: dict[Place, int] = {}
    return PlainYaml(str(path), _content(_composed(text, path), (), lines, str(path)), lines)


def _composed(text: str, path: Any) -> yaml.Node | None:
    try:
        _check_events(text, path)
        return yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise ValueError(
            f"Invalid config {path}{line}. Expected YAML. Received text that breaks its rules: {problem}."
        ) from error


def _check_events(text: str, path: Any) -> None:
    """Refuses aliases, with which a small file can unfold into an endless one, and nesting that no config needs."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _error(path, event, f"at most {DEEPEST} levels of nesting", "more", "")
        if isinstance(event, yaml.AliasEvent):
            raise _error(path, event, "plain values", f"the alias *{event.anchor}", "Write the value out.")


def _content(node: yaml.Node | None, place: Place, lines: dict[Place, int], path: str) -> Any:
    if node is None:
        return None
    lines.setdefault(place, node.start_mark.line + 1)
    if node.tag not in PLAIN_TAGS:
        raise _error(path, node, "plain values", f"the tag {node.tag}", "Write the value without a tag.")
    if isinstance(node, yaml.MappingNode):
        return {key: _content(value, (*place, key), lines, path) for key, value in _items(node, place, lines, path)}
    if isinstance(node, yaml.SequenceNode):
        return [_content(part, (*place, index), lines, path) for index, part in enumerate(node.value)]
    quoted = getattr(node, "style", None) is not None
    return node.value if quoted else _scalar(node.value)


def _items(node: yaml.MappingNode, place: Place, lines: dict[Place, int], path: str) -> Iterator[tuple[str, yaml.Node]]:
    for key_node, value in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _error(path, key_node, "a key that is a word", "a list or mapping as key", "")
        key = key_node.value
        if (*place, key) in lines:
            cure = f"It stands on line {lines[(*place, key)]} already: keep one of the two."
            dotted = ".".join(map(str, (*place, key)))
            raise _error(path, key_node, "each key once", f"the key `{dotted}` twice", cure)
        lines[(*place, key)] = key_node.start_mark.line + 1
        yield key, value


def _scalar(text: str) -> Any:
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if WHOLE.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def _error(path: Any, place: Any, expected: str, received: str, cure: str) -> ValueError:
    line = place.start_mark.line + 1
    return ValueError(f"Invalid config {path}, line {line}. Expected {expected}. Received {received}. {cure}".rstrip())
