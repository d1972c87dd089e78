"""How many units of a layer said nothing to any example."""

from typing import Any

import numpy as np
from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["silent_units"]

WINDOW = 8  # recorded steps: one small batch can be silent by chance


def _always(silent: np.ndarray) -> float:
    """Share of the units, along the second axis, that are silent at all steps."""
    return float(silent.all(axis=0).mean())


@layer_probe(unit="share", needs=("outputs", "axis"), cost="one pass over the outputs", fold=_always, window=WINDOW)
def silent_units(step: LayerStep) -> Any:
    """Share of the layer's units that were exactly 0 for every example, and place of an image, of the last 8 recorded steps.

    A unit behind a ReLU that stays silent for all data gets no gradient and never learns again. The share falls while the first
    batches come in, and counts from then on.
    """
    rank = len(step.outputs.shape)
    others = tuple(axis for axis in range(rank) if axis != step.axis % rank)
    return ops.all(step.outputs == 0, axis=others)
