"""How much of a variable learns nothing from a batch."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["gradient_zeros"]


@probe(unit="share", needs=("gradient",), cost="one pass over the gradient")
def gradient_zeros(step: VariableStep) -> Any:
    """Share of the gradient's entries that are exactly 0.

    Rows of an embedding that the batch does not hold, inputs that are 0 in every example, units behind a ReLU that no
    example passes. 1 for a variable that the loss does not see.
    """
    return ops.mean(ops.cast(step.gradient == 0, "float32"))
