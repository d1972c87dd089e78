"""How often a tip has cured an ailment, as measured, and the order of tips that follows from it."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

__all__ = ["best_first", "cure_rate", "measured_cures"]

FILE = Path(__file__).with_name("cures.json")

# Ailment -> tip -> (tries, cures).
Table = Mapping[str, Mapping[str, tuple[int, int]]]


@cache
def measured_cures() -> Table:
    """Returns the table that `tests/benchmarks/bench_cures.py` has measured: ailment -> tip -> (tries, cures)."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))["cures"]
    return {ailment: {tip: (row[0], row[1]) for tip, row in tips.items()} for ailment, tips in stored.items()}


def cure_rate(ailment: str, tip: str, table: Table | None = None) -> float:
    """Returns the share of tries in which a tip cured an ailment, as it is expected of the next one.

    By Laplace's rule of succession it is (cures + 1) / (tries + 2): one half for a tip that was never tried, and never quite
    0 or 1.

    Args:
        ailment: name of an ailment.
        tip: name of a tip.
        table: ailment -> tip -> (tries, cures); None takes the measured one.

    >>> cure_rate("overfitting", "dropout", {"overfitting": {"dropout": (8, 6)}})
    0.7
    """
    tries, cures = (measured_cures() if table is None else table).get(ailment, {}).get(tip, (0, 0))
    return (cures + 1) / (tries + 2)


def best_first(ailment: str, tips: Iterable[str], table: Table | None = None) -> tuple[str, ...]:
    """Returns tips ordered by how often they cured an ailment; among equals the order given stays.

    Args:
        ailment: name of an ailment, the rule of a finding.
        tips: names of tips.
        table: ailment -> tip -> (tries, cures); None takes the measured one.

    >>> best_first("overfitting", ("l2", "dropout"), {"overfitting": {"dropout": (8, 6)}})
    ('dropout', 'l2')
    """
    return tuple(sorted(tips, key=lambda tip: -cure_rate(ailment, tip, table)))
