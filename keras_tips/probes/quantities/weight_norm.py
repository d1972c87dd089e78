"""How large a variable is."""

from typing import Any

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["weight_norm"]


@probe(unit="unit of the variable", needs=("before",), cost="one or two passes over the variable", of_sizes=True)
def weight_norm(step: VariableStep) -> Any:
    """L2 norm of the variable at which the gradient was taken, so before the step's update."""
    return step.size
