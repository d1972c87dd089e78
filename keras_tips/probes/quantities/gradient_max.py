"""The steepest entry of a gradient."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["gradient_max"]


@probe(unit="loss per unit of the variable", needs=("gradient",), cost="one pass over the gradient")
def gradient_max(step: VariableStep) -> Any:
    """Largest absolute value among the gradient's entries; NaN where one of them is.

    Near `gradient_norm`, a single entry makes up the gradient: one example, or one unit, drives the variable.
    """
    return ops.max(ops.abs(step.gradient))
