"""Every constructor argument survives `get_config` and `from_config`."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["config"]

OF_EVERY_LAYER = ("name", "trainable", "dtype")
# What arguments of these names take in all of Keras, other than what they are by default.
BY_NAME = {"_initializer": "lecun_normal", "_regularizer": "l1", "_constraint": "non_neg", "activation": "softplus", "seed": 5}


def config(subject: Subject) -> None:
    """A layer made from `get_config` is the same layer, whatever the constructor was told.

    Keras's harness compares a config with the config of its copy: an argument that is missing from both goes unseen. Here
    the attributes of the layer are compared with those of its copy, for the arguments that were given and, one by one, for
    variations of the others: a flag turned over, a number changed, a regularizer where there was none.
    """
    _keys(subject, subject.new().get_config())
    _survives(subject.new(), subject.init_kwargs)
    for name, value in _variations(subject):
        try:
            layer = subject.new(**{name: value})
        except (TypeError, ValueError):
            continue  # not a legal value beside the others
        _survives(layer, {name: value})


def _keys(subject: Subject, held: dict[str, Any]) -> None:
    """Arguments left at None may be left out, as Keras does it with some; all others must be there."""
    given = [name for name, value in subject.init_kwargs.items() if value is not None]
    by_default = [name for name, each in subject.parameters.items() if each.default not in (None, each.empty)]
    of_every_layer = [name for name in OF_EVERY_LAYER if subject.takes(name)]
    missing = [name for name in dict.fromkeys([*given, *by_default, *of_every_layer]) if name not in held]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        cure = "Add what is missing to the dict it returns, beside super().get_config()."
        raise Defect(f"Expected every constructor argument in get_config(). Missing: {listed}. {cure}")


def _variations(subject: Subject) -> Iterator[tuple[str, Any]]:
    """Other values for the arguments that were not given, one at a time."""
    for name, parameter in subject.parameters.items():
        default = parameter.default
        if name in subject.init_kwargs or name in OF_EVERY_LAYER or default is parameter.empty:
            continue
        by_name = [value for ending, value in BY_NAME.items() if name.endswith(ending)]
        if by_name:
            yield name, by_name[0]
        elif isinstance(default, bool):
            yield name, not default
        elif isinstance(default, int):
            yield name, default + 1
        elif isinstance(default, float):
            yield name, default / 2 if default else 0.5


def _survives(layer: keras.layers.Layer, given: Mapping[str, Any]) -> None:
    again = type(layer).from_config(layer.get_config())
    found = _first_change("", _traits(layer), _traits(again))
    if found is not None:
        name, before, after = found
        told = "".join(f" (given: {argument}={value!r})" for argument, value in given.items() if argument in name.split("."))
        cure = "Return from get_config the value that the constructor was given, under the argument's name."
        raise Defect(f"`{name}` is {before!r}{told}, but {after!r} after get_config and from_config. {cure}")


def _first_change(name: str, before: Any, after: Any) -> tuple[str, Any, Any] | None:
    """Where two plain values first differ: the name of the place, and both values."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        same = before == after or repr(before) == repr(after)  # NaN is not equal to itself
        return None if same else (name, before, after)
    parts = before.keys() & after.keys() if name == "" else before.keys() | after.keys()
    for part in sorted(parts):
        found = _first_change(f"{name}.{part}".lstrip("."), before.get(part), after.get(part))
        if found is not None:
            return found
    return None


def _traits(layer: keras.layers.Layer) -> dict[str, Any]:
    """The attributes that the layer's own constructor has set, as plain values; `_self_` begins those of TensorFlow."""
    inherited = vars(keras.layers.Layer())
    # PyTorch keeps layers that are attributes apart from the others.
    held = {**vars(layer), **(dict(layer.named_children()) if keras.backend.backend() == "torch" else {})}
    own = {name: value for name, value in held.items() if name not in inherited and not name.startswith("_self_")}
    return {name: _plain(value) for name, value in own.items() if not isinstance(value, keras.random.SeedGenerator)}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple, set)):
        return [_plain(each) for each in (sorted(value, key=repr) if isinstance(value, set) else value)]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if hasattr(value, "get_config") and not isinstance(value, type):
        return {"class": type(value).__name__, **_plain(value.get_config())}
    return getattr(value, "__qualname__", type(value).__qualname__)
