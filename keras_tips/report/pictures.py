"""The pictures of a report: gradients by layer, learning curves, and the scores of a search."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from keras_tips.records.leaderboard import Leaderboard
from keras_tips.report.colours import COLOURS
from keras_tips.report.content import ReportedRun
from keras_tips.report.crc32c import crc32c
from keras_tips.report.draw import draw
from keras_tips.report.layer_norms import layer_norms
from keras_tips.report.learning_curves import Curves, learning_curves
from keras_tips.report.short_label import short_label
from keras_tips.report.trial_order import trial_order
from keras_tips.report.wording import measure_text, number_text, plain_name

__all__ = ["curves_picture", "gradient_picture", "leaderboard_picture"]

Colour = str | tuple[float, ...]

PANEL_WIDE = (4.9, 3.3)  # inches of 72 units, one panel where panels stand beside each other
PANEL_NARROW = (4.6, 3.1)  # likewise, below each other, for a page as narrow as a telephone
LINES_OF_A_PANEL = 15  # of text, at most
LABELS_AT_MOST = 8  # per panel; more of them cannot be told apart
POINTS_AT_MOST = 300  # per curve; beyond that, smallest and largest of each stretch are drawn, so that spikes survive
SMALLEST_SPAN = 2.0  # powers of ten that the axis of gradients shows at least
DEPTHS = ((0.80, 0.33, 0.05), (0.75, 0.27, 0.60), (0.25, 0.45, 0.90))
"""Colours from the first layer to the last: orange, purple, blue, each readable on white and on black."""


def gradient_picture(runs: Sequence[ReportedRun], narrow: bool = False) -> str:
    """Returns an SVG of the gradient's norm by layer over training steps: one panel per run, all on the same axis.

    The axis is logarithmic, so a gradient that vanishes shows as curves spread over many powers of ten, early layers
    lowest. A cross at the top marks a step at which a norm was not finite, a ring at the bottom one at which it was 0.

    Args:
        runs: those without gradients are left out.
        narrow: panels below each other instead of beside.

    Returns:
        The SVG's text, or "" where no run has gradients.
    """
    norms = {reported.name: layer_norms(reported.run) for reported in runs}
    norms = {name: layers for name, layers in norms.items() if layers}
    if not norms:
        return ""
    low, high = _limits([values for layers in norms.values() for _, values in layers.values()])

    def paint(*panels: Axes) -> None:
        for panel, (name, layers) in zip(panels, norms.items(), strict=True):
            _tidy(panel, short_label(name), "step", "gradient norm")
            _paint_gradients(panel, layers, low, high)

    spans = [f"{name}: {_span(layers)}" for name, layers in norms.items()]
    columns, size = _grid(len(norms), narrow)
    title = "Norm of the gradient by layer over training steps"
    return draw(
        f"gradients{'-narrow' * narrow}", title, ". ".join(spans) + ".", size, paint, columns, rows=len(norms) // columns
    )


def curves_picture(reported: ReportedRun, narrow: bool = False) -> str:
    """Returns an SVG of a run's loss and main metric by epoch, on training and validation data, with the best epoch marked.

    Args:
        reported: the run.
        narrow: panels below each other instead of beside.

    Returns:
        The SVG's text, or "" where the run has no metrics per epoch.
    """
    curves = learning_curves(reported.run)
    if not curves:
        return ""

    def paint(*panels: Axes) -> None:
        for panel, curve in zip(panels, curves, strict=True):
            _tidy(panel, short_label(plain_name(curve.metric)), "epoch")
            _paint_curve(panel, curve)

    columns, size = _grid(len(curves), narrow)
    words = " ".join(curve.in_words for curve in curves)
    name = f"curves-{crc32c(reported.name.encode()):08x}{'-narrow' * narrow}"
    title = f"Learning curves of {reported.name}"
    return draw(name, title, words, size, paint, columns, rows=len(curves) // columns)


def leaderboard_picture(leaderboard: Leaderboard, narrow: bool = False) -> str:
    """Returns an SVG of the score of each trial in the order in which they began, and of the best so far.

    Args:
        leaderboard: the trials; those without a score are marked at the foot.
        narrow: for a narrow page.

    Returns:
        The SVG's text, or "" where no trial has a score.
    """
    trials = trial_order(leaderboard)
    scores = np.array([np.nan if trial.score is None else trial.score for trial in trials], "float64")
    best = leaderboard.best
    if not np.isfinite(scores).any():
        return ""

    def paint(panel: Axes) -> None:
        _tidy(panel, "", "trial, in the order in which they began", plain_name(leaderboard.objective))
        _paint_trials(panel, scores, [trial.status for trial in trials], leaderboard.goal)

    words = f"{np.isfinite(scores).sum()} of {len(trials)} trials have a score."
    if best is not None and best.score is not None:
        words += f" The best is {best.trial} with {measure_text(leaderboard.objective, best.score)}."
    width, height = PANEL_NARROW if narrow else (2 * PANEL_WIDE[0], PANEL_WIDE[1])
    return draw(f"trials{'-narrow' * narrow}", "Score by trial", words, (width, height), paint)


def _tidy(panel: Axes, title: str = "", x: str = "", y: str = "") -> None:
    """Gives a panel its title, the names of its axes, and light lines across."""
    panel.set_title(title)
    panel.set_xlabel(x)
    panel.set_ylabel(y)
    panel.grid(axis="y")
    panel.tick_params(length=0)


def _grid(panels: int, narrow: bool) -> tuple[int, tuple[float, float]]:
    if narrow:
        return 1, (PANEL_NARROW[0], PANEL_NARROW[1] * panels)
    columns = 2 if panels % 2 == 0 else 1
    width = PANEL_WIDE[0] * 2  # one panel alone takes the whole width
    return columns, (width, PANEL_WIDE[1] * (panels // columns))


def _limits(series: Sequence[np.ndarray]) -> tuple[float, float]:
    """The ends of a common logarithmic axis, as powers of ten."""
    values = np.concatenate(series)
    values = values[np.isfinite(values) & (values > 0)]
    if not values.size:
        return -SMALLEST_SPAN, 0.0
    low, high = float(np.floor(np.log10(values.min()))), float(np.ceil(np.log10(values.max())))
    missing = max(0.0, SMALLEST_SPAN - (high - low))
    return low - missing, high


def _span(layers: dict[str, tuple[np.ndarray, np.ndarray]]) -> str:
    finite = {name: values[np.isfinite(values)] for name, (_, values) in layers.items()}
    medians = {name: float(np.median(values)) for name, values in finite.items() if values.size}
    if not medians:
        return "no gradient was finite"
    low, high = min(medians, key=lambda name: medians[name]), max(medians, key=lambda name: medians[name])
    return f"medians reach from {number_text(medians[low])} in {low} to {number_text(medians[high])} in {high}"


def _paint_gradients(panel: Axes, layers: dict[str, tuple[np.ndarray, np.ndarray]], low: float, high: float) -> None:
    labels = []
    for number, (name, (steps, values)) in enumerate(layers.items()):
        colour = _depth_colour(number / max(1, len(layers) - 1))
        positive = np.isfinite(values) & (values > 0)
        logs = np.where(positive, np.log10(np.where(positive, values, 1.0)), np.nan)
        panel.plot(*_thinned(steps, logs), color=colour, linewidth=1.3)
        _mark(panel, steps[~np.isfinite(values)], 1.0, "x", COLOURS["trouble"])
        _mark(panel, steps[values == 0], 0.0, "o", colour)
        if positive.any():
            labels.append((float(logs[positive][-1]), name, colour))
    panel.set_ylim(low, high)
    powers = np.arange(low, high + 1, max(1, int(np.ceil((high - low) / 8))))
    panel.set_yticks(powers, [_power_of_ten(int(power)) for power in powers])
    _label_ends(panel, labels, low, high)


def _label_ends(panel: Axes, labels: list[tuple[float, str, Colour]], low: float, high: float) -> None:
    """Writes names at the right ends of curves, moved apart where they would overlap."""
    if len(labels) > LABELS_AT_MOST:
        chosen = np.unique(np.linspace(0, len(labels) - 1, LABELS_AT_MOST).round().astype(int))
        labels = [labels[index] for index in chosen]
    labels = sorted(labels, key=lambda label: label[0])
    for (_, name, colour), height in zip(labels, _apart([label[0] for label in labels], low, high), strict=True):
        beside: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        place = (1.0, (height - low) / (high - low))
        panel.annotate(short_label(name), place, xytext=(4, 0), va="center", color=colour, annotation_clip=False, **beside)


def _apart(heights: list[float], low: float, high: float) -> list[float]:
    """Moves sorted heights so that neighbours have room for a line of text: each bunch spreads around its own middle."""
    room = (high - low) / LINES_OF_A_PANEL
    bunches: list[list[float]] = []
    for height in heights:
        bunches.append([height])
        while len(bunches) > 1 and _foot(bunches[-1], room) < _foot(bunches[-2], room) + room * len(bunches[-2]):
            bunches[-2:] = [bunches[-2] + bunches[-1]]
    moved = [_foot(bunch, room) + room * index for bunch in bunches for index in range(len(bunch))]
    for index in range(len(moved) - 1, -1, -1):  # none above the panel, and none above its upper neighbour
        moved[index] = min(moved[index], high - room * (len(moved) - 1 - index))
    return moved


def _foot(bunch: list[float], room: float) -> float:
    return float(np.mean(bunch)) - room * (len(bunch) - 1) / 2


def _paint_curve(panel: Axes, curve: Curves) -> None:
    labels: list[tuple[float, str, Colour]] = []
    for place, style in (("train", "-"), ("validation", "--")):
        if place in curve.series:
            epochs, values = curve.series[place]
            panel.plot(*_thinned(epochs, values), style, color=COLOURS[place])
            finite = np.isfinite(values)
            _mark(panel, epochs[~finite], 0.97, "x", COLOURS["trouble"])
            if finite.any():
                labels.append((float(values[finite][-1]), place, COLOURS[place]))
    low, high = panel.get_ylim()
    _label_ends(panel, labels, low, high)
    panel.set_ylim(low, high)
    if curve.best is not None:
        panel.axvline(curve.best, color=COLOURS["good"], linewidth=1, linestyle=":")
        above: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        panel.annotate(f"best: {curve.best}", (curve.best, 1), xytext=(0, 2), ha="center", color=COLOURS["good"], **above)
    panel.xaxis.set_major_locator(MaxNLocator("auto", integer=True))


def _paint_trials(panel: Axes, scores: np.ndarray, statuses: list[str], goal: str) -> None:
    numbers = np.arange(1, len(scores) + 1)
    done = np.array([status == "completed" for status in statuses])
    scored = np.isfinite(scores)
    better = np.fmax if goal == "max" else np.fmin
    best = better.accumulate(np.where(done, scores, np.nan))
    panel.step(numbers, best, where="post", color=COLOURS["good"], label="best so far")
    for chosen, marker, colour, label in (
        (scored & done, "o", COLOURS["train"], "completed"),
        (scored & ~done, "v", COLOURS["quiet"], "stopped early or running"),
    ):
        if chosen.any():
            panel.plot(numbers[chosen], scores[chosen], marker, color=colour, markersize=5, label=label)
    _mark(panel, numbers[~scored], 0.03, "x", COLOURS["trouble"], "no score")
    panel.set_xlim(0.5, len(scores) + 0.5)
    panel.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    panel.legend(loc="best", frameon=False, labelcolor=COLOURS["ink"])


def _mark(panel: Axes, places: np.ndarray, height: float, marker: str, colour: Colour, label: str | None = None) -> None:
    """Marks places on the horizontal axis, at a share of the panel's height. Nothing is drawn where there is none."""
    if places.size:
        style: dict[str, Any] = {"color": colour, "fillstyle": "none", "clip_on": False, "label": label, "linestyle": "none"}
        panel.plot(places, np.full(places.size, height), marker=marker, transform=panel.get_xaxis_transform(), **style)


def _thinned(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keeps the smallest and the largest of each stretch of a long curve: a mean would hide spikes."""
    if len(steps) <= POINTS_AT_MOST:
        return steps, values
    kept: set[int] = {0, len(steps) - 1}
    for stretch in np.array_split(np.arange(len(steps)), POINTS_AT_MOST // 2):
        known = stretch[np.isfinite(values[stretch])]
        if known.size < stretch.size:
            kept.add(int(stretch[~np.isfinite(values[stretch])][0]))  # a gap stays a gap
        if known.size:
            kept |= {int(known[values[known].argmin()]), int(known[values[known].argmax()])}
    order = np.array(sorted(kept))
    return steps[order], values[order]


def _depth_colour(share: float) -> Colour:
    """The colour of a layer at this share of the depth, between two neighbours of `DEPTHS`."""
    return tuple(float(np.interp(share, np.linspace(0, 1, len(DEPTHS)), channel)) for channel in zip(*DEPTHS, strict=True))


def _power_of_ten(power: int) -> str:
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
