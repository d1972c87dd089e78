"""The tips by name."""

from functools import cache
from typing import Any

from keras_tips._base.arguments import invalid, nearest
from keras_tips._base.discovery import discover
from keras_tips.tips.tip import Tip

__all__ = ["get", "names"]


def get(name: str) -> Tip:
    """Returns the tip of this name.

    Raises:
        ValueError: there is none; the text tells the nearest name.

    >>> get("early_stopping").treats
    ('overtraining', 'overfitting')
    """
    known = _tips()
    if not isinstance(name, str) or name not in known:
        raise invalid("name", "the name of a tip", name, nearest(name, known))
    return known[name]


def names() -> tuple[str, ...]:
    """Returns the names of all tips, sorted.

    >>> "scale_inputs" in names()
    True
    """
    return tuple(_tips())


@cache
def _tips() -> dict[str, Any]:
    return discover("keras_tips.tips.remedies")
