"""How many units of a layer said nothing to any example."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["silent_units"]


@layer_probe(unit="share", needs=("outputs", "axis"), cost="one pass over the outputs")
def silent_units(step: LayerStep) -> Any:
    """Share of the layer's units whose output is exactly 0 for every example of the batch, and every place of an image.

    A unit behind a ReLU that stays silent for all data gets no gradient and never learns again. One small batch can be silent
    by chance: look at whether the share stays.
    """
    rank = len(step.outputs.shape)
    others = tuple(axis for axis in range(rank) if axis != step.axis % rank)
    return ops.mean(ops.cast(ops.all(step.outputs == 0, axis=others), "float32"))
