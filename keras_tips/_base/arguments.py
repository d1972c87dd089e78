"""Checks of arguments, and the sentence that a bad one is answered with."""

import difflib
import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

__all__ = ["check_choice", "check_integer", "check_number", "invalid", "nearest"]


def invalid(name: str, expected: str, received: Any, cure: str = "") -> ValueError:
    """Returns the error for a bad argument: invalid what, expected what, received what, do what.

    >>> print(invalid("rate", "a number in [0, 1)", 1.5, "Did you mean 0.15?"))
    Invalid `rate`. Expected a number in [0, 1). Received: rate=1.5. Did you mean 0.15?
    """
    sentence = f"Invalid `{name}`. Expected {expected}. Received: {name}={received!r}."
    return ValueError(f"{sentence} {cure}".rstrip())


def nearest(name: Any, known: Iterable[str]) -> str:
    """Returns "Did you mean ...?" with the known name closest to `name`, or all known names.

    >>> nearest("gradient_nrm", ["gradient_norm", "weight_norm"])
    "Did you mean 'gradient_norm'?"
    """
    known = sorted(known)
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)  # below, a suggestion is a guess
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(known)}." if known else "There is none yet."


def check_number(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, *, low_open: bool = False, high_open: bool = False
) -> float:
    """Returns `value` as a float. Raises `ValueError` unless it is a finite real number between `low` and `high`."""
    left = "(" if low_open or math.isinf(low) else "["
    right = ")" if high_open or math.isinf(high) else "]"
    expected = "a finite number" if math.isinf(low) and math.isinf(high) else f"a number in {left}{low:g}, {high:g}{right}"
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise invalid(name, expected, value)
    number = float(value)
    below = number <= low if low_open else number < low
    above = number >= high if high_open else number > high
    if below or above:
        raise invalid(name, expected, value)
    return number


def check_integer(name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """Returns `value` as an int. Raises `ValueError` unless it is a whole number between `low` and `high`."""
    expected = "a whole number"
    if low is not None:
        expected += f" of at least {low}"
    if high is not None:
        expected += f"{' and' if low is not None else ' of'} at most {high}"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise invalid(name, expected, value)
    number = int(value)
    if (low is not None and number < low) or (high is not None and number > high):
        raise invalid(name, expected, value)
    return number


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Returns `value`. Raises `ValueError` naming the nearest choice unless it is one of `choices`."""
    choices = tuple(choices)
    if not isinstance(value, str) or value not in choices:
        raise invalid(name, "one of " + ", ".join(map(repr, choices)), value, nearest(value, choices))
    return value
