"""How much of a layer is silent."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["activation_zeros"]


@layer_probe(unit="share", needs=("outputs",), cost="one pass over the outputs")
def activation_zeros(step: LayerStep) -> Any:
    """Share of the layer's outputs that are exactly 0. Behind a ReLU about one half is usual at the start."""
    return ops.mean(ops.cast(step.outputs == 0, "float32"))
