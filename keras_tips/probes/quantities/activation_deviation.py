"""How far the outputs of a layer spread."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["activation_deviation"]


@layer_probe(unit="unit of the outputs", needs=("outputs",), cost="two passes over the outputs")
def activation_deviation(step: LayerStep) -> Any:
    """Standard deviation of all outputs of the layer over the batch.

    A signal that shrinks or grows from layer to layer shows here: a good initialization keeps it (Xavier Glorot, Yoshua
    Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010).
    """
    return ops.std(step.outputs)
