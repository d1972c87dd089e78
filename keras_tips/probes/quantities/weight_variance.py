"""How far the entries of a variable spread."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["weight_variance"]


@probe(unit="unit of the variable, squared", needs=("before",), cost="two passes over the variable")
def weight_variance(step: VariableStep) -> Any:
    """Variance of the variable's entries at which the gradient was taken, divided by their number.

    What initializers set: for a kernel, `GlorotUniform` begins at 2 / (fan_in + fan_out) and `HeNormal` at 2 / fan_in.
    """
    entries = step.before if "float64" in str(step.before.dtype) else ops.cast(step.before, "float32")
    return ops.var(entries)
