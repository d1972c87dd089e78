"""How many pieces of a maxout layer never win."""

from typing import Any

import numpy as np
from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["idle_pieces"]

WINDOW = 8  # recorded steps: in one small batch a piece can lose by chance


def _never(won: np.ndarray) -> float:
    """Share of the pieces, along the second axis, that won at none of the steps."""
    return float(1 - won.any(axis=0).mean())


@layer_probe(
    unit="share",
    needs=("winners", "pieces", "axis"),
    cost="the layer once more, and a pass per piece",
    fold=_never,
    window=WINDOW,
)
def idle_pieces(step: LayerStep) -> Any:
    """Share of the pieces of a maxout layer that won for no example, and no place of an image, of the last 8 recorded steps.

    They got no gradient from them. Not measured for layers without pieces.
    """
    if step.winners is None:
        return None
    rank = len(step.winners.shape)
    others = tuple(axis for axis in range(rank) if axis != step.axis % rank)
    return ops.concatenate([ops.any(step.winners == piece, axis=others) for piece in range(step.pieces)])  # one per unit
