"""The learning curves of a run: metrics per epoch on training and validation data."""

from dataclasses import dataclass

import numpy as np

from keras_tips.records.run import Run
from keras_tips.report.epoch_ends import PLACES, epoch_ends
from keras_tips.report.wording import measure_text, plain_name

__all__ = ["learning_curves"]

CURVES_AT_MOST = 2  # the loss, and one metric that people understand


@dataclass(frozen=True)
class Curves:
    """One metric by epoch.

    Attributes:
        metric: Keras's name of it.
        series: `"train"`, `"validation"` -> (epochs, counted from 1; values).
        best: the epoch of the best validation result of the run, or None where there is no validation.
    """

    metric: str
    series: dict[str, tuple[np.ndarray, np.ndarray]]
    best: int | None

    @property
    def in_words(self) -> str:
        """First and last value of each curve, and the best epoch."""
        parts = []
        for place, (epochs, values) in self.series.items():
            first, last = (measure_text(self.metric, float(value)) for value in (values[0], values[-1]))
            parts.append(f"{place} from {first} in epoch {epochs[0]} to {last} in epoch {epochs[-1]}")
        best = "" if self.best is None else f" Best epoch on validation data: {self.best}."
        return f"{plain_name(self.metric).capitalize()}: {', '.join(parts)}.{best}"


def learning_curves(run: Run) -> tuple[Curves, ...]:
    """Returns the curves of the loss and of one more metric, the first that validation has too; fewer where there are fewer."""
    ends = epoch_ends(run)
    table = {name: _by_epoch(run, name, ends) for name in run.quantities}
    table = {name: series for name, series in table.items() if series and name != "learning_rate"}
    if not table:
        return ()
    # The sort is stable: loss first, then metrics with most places, each in the order in which they were recorded.
    names = sorted(table, key=lambda name: (name != "loss", -len(table[name])))[:CURVES_AT_MOST]
    best = _best_epoch(table[names[0]]["validation"], names[0]) if "validation" in table[names[0]] else None
    return tuple(Curves(name, table[name], best) for name in names)


def _by_epoch(run: Run, name: str, ends: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    known = {place: run.series(name, place) for place in PLACES if place in run.places(name)}
    return {place: (np.searchsorted(ends, steps) + 1, values) for place, (steps, values) in known.items() if len(steps)}


def _best_epoch(series: tuple[np.ndarray, np.ndarray], metric: str) -> int | None:
    """The epoch of the smallest loss, or of the largest value of a metric that is no loss or error."""
    epochs, values = series
    falling = any(word in metric for word in ("loss", "error", "entropy", "divergence"))
    values = np.where(np.isfinite(values), values if falling else -values, np.inf)
    return int(epochs[values.argmin()]) if np.isfinite(values).any() else None
