"""How much of a gradient is no number."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["gradient_not_finite"]


@probe(unit="share", needs=("gradient",), cost="one pass over the gradient")
def gradient_not_finite(step: VariableStep) -> Any:
    """Share of the gradient's entries that are NaN or infinite.

    A few of them point at single units or rows, all of them at the loss. With a dynamic loss scale they are no harm: the
    optimizer leaves such a step out and lowers the scale.
    """
    return ops.mean(ops.cast(ops.logical_not(ops.isfinite(step.gradient)), "float32"))
