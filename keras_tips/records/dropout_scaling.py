"""What was measured of dropout: at each layer, in front of batch normalization, and at the outputs."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["DropoutCall", "DropoutScaling", "OutputMean", "VarianceShift"]

NO_FAULT = ("healthy", "switched_off", "frozen", "unclear", "not_judged")  # every other verdict names an ailment


@dataclass(frozen=True)
class DropoutCall:
    """One dropout layer in one place of the model.

    Attributes:
        place: the layer's name, with the names of the models and layers it lies in before it: `"encoder/dropout"`; a layer
            that is called several times has `"dropout:2"` for its second call.
        kind: class name, such as `"Dropout"`.
        rate: what the layer says it drops.
        ratio: mean over masks in training over the pass at inference; NaN where it could not be measured.
        error: standard error of `ratio`; 0 where all masks were gone through.
        expected: what `ratio` should be: 1, but for `AlphaDropout`, which keeps mean and variance of its inputs as a whole.
        training_gain: mean over masks in training over what goes into the layer.
        inference_gain: the pass at inference over what goes into the layer.
        dropped: the share of values that was seen to be dropped; NaN where the layer does other than drop and scale.
        method: `"all 16 masks"`, `"64 draws"`, or "" where nothing was measured.
        verdict: `"healthy"`; `"missing_scaling"`, `"double_scaling"`, `"wrong_scaling"`, `"wrong_rate"`, `"never_active"`,
            `"same_mask"`, `"active_at_inference"`: what is wrong; `"switched_off"`, `"frozen"`: does nothing, on purpose;
            `"unclear"`, `"not_judged"`: nothing can be said.
        message: the verdict in words, with its numbers.
    """

    place: str
    kind: str
    rate: float
    ratio: float
    error: float
    expected: float
    training_gain: float
    inference_gain: float
    dropped: float
    method: str
    verdict: str
    message: str


@dataclass(frozen=True)
class VarianceShift:
    """One batch normalization that data reach through dropout.

    Attributes:
        place: the batch normalization's place, written as for `DropoutCall`.
        behind: the place of the last dropout before it.
        ratio: the variance that comes in under dropout over the variance that comes in at inference, mean over the features.
        error: its standard error.
        verdict: `"healthy"`, `"variance_shift"` or `"not_judged"`.
        message: the verdict in words, with its numbers.
    """

    place: str
    behind: str
    ratio: float
    error: float
    verdict: str
    message: str


@dataclass(frozen=True)
class OutputMean:
    """One output of the model: how well the single pass at inference stands for the mean over all masks.

    It is no verdict: for a network that is linear in the dropped values both are equal; for others they are close at best.

    Attributes:
        name: of the output.
        gap: root mean square of (mean over masks - single pass), over the root mean square of the single pass.
        noise: what `gap` would be about for equal means, because only some masks were drawn; 0 where all were gone through.
        method: `"all 64 masks"` or `"64 draws"`.
    """

    name: str
    gap: float
    noise: float
    method: str


@dataclass(frozen=True)
class DropoutScaling:
    """Whether dropout is scaled right, as a table that can be printed.

    Attributes:
        layers: one entry per call of a dropout layer, in the order of the data.
        normalizations: one entry per batch normalization behind a dropout layer.
        outputs: one entry per output of the model.
        not_measured: pairs of (place, reason).

    Example:

    >>> call = DropoutCall("drop", "Dropout", 0.5, 1.0, 0.0, 1.0, 1.0, 1.0, 0.5, "all 4 masks", "healthy", "scaled right")
    >>> DropoutScaling(layers=(call,)).ok
    True
    """

    layers: tuple[DropoutCall, ...] = ()
    normalizations: tuple[VarianceShift, ...] = ()
    outputs: tuple[OutputMean, ...] = ()
    not_measured: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """True when no ailment was found; look at `not_measured` for what could not be looked at."""
        return not self.ailing

    @property
    def ailing(self) -> "tuple[DropoutCall | VarianceShift, ...]":
        """The entries whose verdict names an ailment."""
        entries: tuple[DropoutCall | VarianceShift, ...] = (*self.layers, *self.normalizations)
        return tuple(entry for entry in entries if entry.verdict not in NO_FAULT)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values."""
        parts: dict[str, Sequence[Any]] = {
            "layers": self.layers,
            "normalizations": self.normalizations,
            "outputs": self.outputs,
        }
        plain = {name: [asdict(entry) for entry in entries] for name, entries in parts.items()}
        return {"ok": self.ok, **plain, "not_measured": [list(pair) for pair in self.not_measured]}

    def __str__(self) -> str:
        """The table."""
        blocks = [self._headline()]
        if self.layers:
            rows = [(e.place, e.kind, f"{e.rate:g}", _number(e.ratio, e.error), e.method, e.message) for e in self.layers]
            blocks.append(_table(("layer", "kind", "rate", "mean / single pass", "from", "verdict"), rows))
        if self.normalizations:
            shifts = [(e.place, e.behind, _number(e.ratio, e.error), e.message) for e in self.normalizations]
            blocks.append(_table(("batch normalization", "behind", "variance ratio", "verdict"), shifts))
        if self.outputs:
            outputs = [(e.name, f"{e.gap:.2%}", f"{e.noise:.2%}", e.method) for e in self.outputs]
            blocks.append(_table(("output", "mean - single pass", "noise", "from"), outputs))
        if self.not_measured:
            blocks.append("\n".join(["Not measured:", *(f"  {place}: {reason}" for place, reason in self.not_measured)]))
        return "\n\n".join(blocks)

    def _headline(self) -> str:
        if self.ailing:
            return f"Dropout is not right in {len(self.ailing)} of {len(self.layers) + len(self.normalizations)} places."
        if any(entry.verdict == "healthy" for entry in self.layers):
            return "Dropout is scaled right wherever it could be measured."
        return "No active dropout was found."


def _number(value: float, error: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.4g}" if error == 0 else f"{value:.4g} ± {error:.1g}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Columns of equal width, the last one free."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    return "\n".join(lines)
