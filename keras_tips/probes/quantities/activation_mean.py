"""Where the outputs of a layer lie."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["activation_mean"]


@layer_probe(unit="unit of the outputs", needs=("outputs",), cost="one pass over the outputs")
def activation_mean(step: LayerStep) -> Any:
    """Mean of all outputs of the layer over the batch.

    Far from 0 against `activation_deviation`, the next layer sees inputs that are nearly constant.
    """
    return ops.mean(step.outputs)
