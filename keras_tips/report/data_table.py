"""The numbers behind a picture, for those who cannot see it or want them exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keras_tips.records.run import Run
from keras_tips.report.content import ReportedRun
from keras_tips.report.layer_norms import layer_norms
from keras_tips.report.learning_curves import learning_curves
from keras_tips.report.wording import NO_VALUE, measure_text, number_text, plain_name

__all__ = ["DataTable"]

ROWS_AT_MOST = 60  # epochs in a table; of more, that many are picked evenly, with the first and the last


@dataclass(frozen=True)
class DataTable:
    """A table as text.

    Attributes:
        caption: what it shows.
        head: names of the columns.
        rows: one tuple per row, as long as `head`; its first cell names the row.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of_gradients(cls, runs: Sequence[ReportedRun]) -> "DataTable":
        """Returns the first, the median and the last norm of the gradient by layer, for each run that has gradients."""
        norms = {reported.name: layer_norms(reported.run) for reported in runs}
        norms = {name: layers for name, layers in norms.items() if layers}
        layers = dict.fromkeys(layer for own in norms.values() for layer in own)
        head = ("layer", *(f"{name}, {when}" for name in norms for when in ("first", "median", "last")))
        rows = tuple((layer, *(cell for own in norms.values() for cell in _moments(own.get(layer)))) for layer in layers)
        return cls("Norm of the gradient by layer", head, rows)

    @classmethod
    def of_curves(cls, run: Run) -> "DataTable":
        """Returns the metrics of `learning_curves` by epoch."""
        columns = {
            f"{plain_name(curve.metric)}, {place}": _cells(curve.metric, *series)
            for curve in learning_curves(run)
            for place, series in curve.series.items()
        }
        epochs = sorted({epoch for column in columns.values() for epoch in column})
        if len(epochs) > ROWS_AT_MOST:
            epochs = [epochs[index] for index in np.linspace(0, len(epochs) - 1, ROWS_AT_MOST).round().astype(int)]
        rows = tuple((str(epoch), *(column.get(epoch, NO_VALUE) for column in columns.values())) for epoch in epochs)
        return cls("Metrics by epoch", ("epoch", *columns), rows)


def _cells(metric: str, epochs: np.ndarray, values: np.ndarray) -> dict[int, str]:
    return {int(epoch): measure_text(metric, float(value)) for epoch, value in zip(epochs, values, strict=True)}


def _moments(series: tuple[np.ndarray, np.ndarray] | None) -> tuple[str, str, str]:
    if series is None or not series[1].size:
        return (NO_VALUE, NO_VALUE, NO_VALUE)
    values = series[1]
    finite = values[np.isfinite(values)]
    median = number_text(float(np.median(finite))) if finite.size else NO_VALUE
    return number_text(float(values[0])), median, number_text(float(values[-1]))
