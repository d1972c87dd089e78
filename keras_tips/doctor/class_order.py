"""Whether rows are sorted by class, told by how often a row has the class of the row before it."""

import math
from dataclasses import dataclass

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.records.facts import FitFact, TargetFact
from keras_tips.records.run import Run

__all__ = ["ClassOrder", "class_order", "whole_epoch_seen"]

# Half of all that sorting can add to what chance makes. Shuffled rows stay near 0, sorted ones lie near 1.
SORTED = 0.5  # share of the way from chance to rows that are wholly sorted
# Chance reaches five standard errors once in millions of runs.
STANDARD_ERRORS = 5.0


@dataclass(frozen=True)
class ClassOrder:
    """The order of rows.

    Attributes:
        repeats: share of the rows whose class is that of the row before.
        by_chance: the share that a random order gives.
        excess: how far `repeats` is on the way from there to 1.
        standard_errors: how far it is from there, in standard errors of chance.
        run_length: rows of one class in a row, on average.
    """

    repeats: float
    by_chance: float
    excess: float
    standard_errors: float
    run_length: float

    @property
    def sorted(self) -> bool:
        """Whether the rows are sorted by class, wholly or in large part."""
        return self.excess >= SORTED and self.standard_errors >= STANDARD_ERRORS


def class_order(target: TargetFact) -> ClassOrder | None:
    """Returns the order of the rows of a target with one class per row, or None where there are less than two classes."""
    counts = [count for count in target["class_counts"].values() if count > 0]
    rows, repeats = sum(counts), target["repeats"]
    if repeats is None or len(counts) < 2 or not 0 <= repeats <= 1:
        return None
    chance = sum(count * (count - 1) for count in counts) / (rows * (rows - 1))
    spread = math.sqrt(chance * (1 - chance) / (rows - 1))
    away = (repeats - chance) / spread if spread > 0 else 0.0
    excess = (repeats - chance) / (1 - chance) if chance < 1 else 0.0
    return ClassOrder(repeats, chance, excess, away, 1 / max(1 - repeats, 1 / rows))


def whole_epoch_seen(run: Run, rows: int) -> bool:
    """Whether so many rows are all that an epoch has; also where that is not known."""
    fit: FitFact | None = checked_fact(run, "fit")
    if fit is None or fit["steps"] is None or fit["batch_size"] is None:
        return True
    return rows > (fit["steps"] - 1) * fit["batch_size"]
