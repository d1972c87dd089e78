"""The picture of a learning-rate range test."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from keras_tips._base.arguments import invalid

if TYPE_CHECKING:
    from keras_tips.records.learning_rate_test import LearningRateTest

__all__ = ["draw_learning_rates"]

SUFFIXES = (".png", ".svg", ".pdf")
SIZE = (7.5, 4.2)  # inches
DOTS = 150  # per inch, of PNG
LOSS, PALE, GOOD, TROUBLE, INK, LINE = "#2f6fd0", "#a9c3ea", "#1c6b3b", "#b3261f", "#17212b", "#d6dce2"
ROOM_ABOVE, ROOM_BELOW = 0.75, 0.12  # of the fall, above the start and below the lowest place


def draw_learning_rates(test: "LearningRateTest", path: str | os.PathLike[str]) -> Path:
    """Draws the losses, the smoothed curve, the recommendation and the region of divergence. Returns the path.

    Raises:
        ValueError: the path does not end in `.png`, `.svg` or `.pdf`, or the test has no finite loss to draw.
    """
    if not isinstance(path, (str, os.PathLike)) or Path(path).suffix.lower() not in SUFFIXES:
        raise invalid("path", f"a file's path that ends in {', '.join(SUFFIXES)}", path)
    if not np.isfinite(test.losses).any():
        raise ValueError(f"There is no finite loss to draw. {test.reason}")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    plain: Any = {"svg.fonttype": "none", "font.family": "DejaVu Sans", "text.color": INK, "axes.edgecolor": LINE}
    with rc_context(plain):
        figure = Figure(figsize=SIZE, layout="constrained")
        panel = figure.add_subplot()
        _paint(panel, test)
        figure.savefig(path, dpi=DOTS)
    return path


def _paint(panel: Axes, test: "LearningRateTest") -> None:
    rates = test.learning_rates
    panel.set_xscale("log")
    panel.plot(rates, test.losses, color=PALE, linewidth=0.9, label="loss of each step")
    panel.plot(rates, test.smoothed, color=LOSS, linewidth=2.2, label="smoothed")
    panel.set_ylim(*_limits(test))
    panel.set_xlim(rates[0], rates[-1] if len(rates) > 1 else rates[0] * 10)
    if test.diverged_at is not None:
        panel.axvspan(test.diverged_at, rates[-1], color=TROUBLE, alpha=0.09, linewidth=0, label="diverged")
    title = "Learning-rate range test: no recommendation"
    if test.recommended is not None:
        panel.axvline(test.recommended, color=GOOD, linewidth=1.6, label=f"recommended: {test.recommended:.2g}")
        height = float(np.interp(np.log(test.recommended), np.log(rates), test.smoothed))
        panel.plot([test.recommended], [height], "o", color=GOOD, markersize=7)
        title = f"Learning-rate range test: {test.recommended:.2g} is recommended"
    panel.set_title(title, loc="left", fontsize=11)
    panel.set_xlabel("learning rate")
    panel.set_ylabel("loss")
    panel.grid(color=LINE, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(which="both", length=0)
    panel.legend(loc="lower left", frameon=False, fontsize=9)


def _limits(test: "LearningRateTest") -> tuple[float, float]:
    """From a little below the lowest place to well above the start: what divergence reaches would flatten all else."""
    curve = test.smoothed if np.isfinite(test.smoothed).any() else test.losses
    curve = curve[np.isfinite(curve)]
    losses = test.losses[np.isfinite(test.losses)]
    start, least = float(curve[:10].mean()), float(losses.min())
    fall = max(start - least, 0.05 * abs(start), 1e-12)
    return least - ROOM_BELOW * fall, start + ROOM_ABOVE * fall
