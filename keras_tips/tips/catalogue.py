"""The tips by name."""

from functools import cache
from typing import Any

from keras_tips._base.arguments import invalid, nearest
from keras_tips._base.discovery import discover
from keras_tips.records.cures import best_first
from keras_tips.tips.tip import Tip

__all__ = ["get", "names", "tips_for"]


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


def tips_for(ailment: str) -> tuple[str, ...]:
    """Returns the names of the tips that treat an ailment, those first that cured it most often when that was measured.

    Among equals those come first that were made for it. An ailment that no tip treats has none.

    >>> "scale_inputs" in tips_for("inputs_not_scaled")
    True
    """
    places = {name: tip.treats.index(ailment) for name, tip in _tips().items() if ailment in tip.treats}
    return best_first(ailment, sorted(places, key=lambda name: places[name]))


@cache
def _tips() -> dict[str, Any]:
    return discover("keras_tips.tips.remedies")
