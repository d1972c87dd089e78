"""What each layer does otherwise in training than at inference, apart from what reaches it otherwise."""

from dataclasses import dataclass
from statistics import fmean

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.records.facts import LayerFact
from keras_tips.records.run import Run

__all__ = ["SHIFTED", "ModeGap", "first_shift", "mode_gaps"]

# A quarter of a deviation. The mean of a few hundred rows, half of them dropped, is known to a twentieth of it, and flips,
# small rotations and crops move it by less than a tenth.
SHIFTED = 0.25  # mean over units of |mean in training - mean at inference|, in deviations at inference
# Nothing is measured at layers that hand on the very numbers that they read, in another shape.
RESHAPES = ("Flatten", "Reshape", "Permute")


@dataclass(frozen=True)
class ModeGap:
    """One layer at the last look.

    Attributes:
        layer: its fact.
        shift: `mode_shift` of what it gives.
        shift_before: that of what it reads, the largest of several.
        gain: `mode_gain` of what it gives.
        gain_before: that of what it reads, the mean of several.
        known: whether what it reads is known; else it is taken for as small, in training, as anything before it.
    """

    layer: LayerFact
    shift: float
    shift_before: float
    gain: float
    gain_before: float
    known: bool

    @property
    def own_gain(self) -> float:
        """What the layer itself does to the size; infinite where what it reads vanishes."""
        return self.gain / self.gain_before if self.gain_before > 0 else float("inf")

    @property
    def idle(self) -> bool:
        """Whether the layer does the same in both modes, to the last digits."""
        return abs(self.own_gain - 1) < 1e-5 and abs(self.shift - self.shift_before) < 1e-5


def mode_gaps(run: Run) -> list[ModeGap]:
    """Returns the layers of which both modes are known at the last look, in the order in which data pass them.

    What a layer reads is told by its `inbound`; an input is the same in both modes, and a layer that only reshapes changes
    nothing. Of a subclassed model nobody knows what reads what.
    """
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    ordered = any(layer["inbound"] for layer in layers)
    inputs = {name for layer in layers for name in layer["inbound"]} - {layer["name"] for layer in layers}
    measured = dict.fromkeys(inputs, (0.0, 1.0))
    gaps: list[ModeGap] = []
    for layer in layers:
        if layer["kind"] == "InputLayer":
            measured[layer["name"]] = (0.0, 1.0)
        read = [measured[name] for name in layer["inbound"] if name in measured]
        if layer["kind"] in RESHAPES and len(read) == 1:
            measured[layer["name"]] = read[0]
        shift, size = (last_look(run, quantity, layer["path"]) for quantity in ("mode_shift", "mode_gain"))
        if shift is None or size is None or shift < 0 or size < 0:
            continue
        known = ordered and len(read) == len(layer["inbound"])
        shift_before = max((value for value, _ in read), default=0.0)
        anything = [(0.0, 1.0), *measured.values()]
        gain_before = fmean(value for _, value in read or anything[:1]) if known else min(value for _, value in anything)
        measured[layer["name"]] = (shift, size)
        gaps.append(ModeGap(layer, shift, shift_before, size, gain_before, known))
    return gaps


def first_shift(gaps: list[ModeGap]) -> ModeGap | None:
    """Returns the first layer in depth whose units have another mean in training than at inference, or None."""
    return next((gap for gap in gaps if gap.shift >= SHIFTED), None)
