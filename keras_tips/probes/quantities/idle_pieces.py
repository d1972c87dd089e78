"""How many pieces of a maxout layer never win."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["idle_pieces"]


@layer_probe(unit="share", needs=("winners", "pieces", "axis"), cost="the layer once more, and a pass per piece")
def idle_pieces(step: LayerStep) -> Any:
    """Share of the pieces of a maxout layer that win for no example of the batch, and at no place of an image.

    They get no gradient from it. Not measured for layers without pieces.
    """
    if step.winners is None:
        return None
    rank = len(step.winners.shape)
    others = tuple(axis for axis in range(rank) if axis != step.axis % rank)
    won = [ops.any(step.winners == piece, axis=others) for piece in range(step.pieces)]  # one per unit
    return 1.0 - ops.mean(ops.cast(ops.stack(won), "float32"))
