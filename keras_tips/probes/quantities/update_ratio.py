"""How far a step moves a variable, relative to its size."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["update_ratio"]


@probe(
    unit="none",
    needs=("before", "after"),
    cost="three passes over the variable, a copy of it during the step",
    of_sizes=True,
)
def update_ratio(step: VariableStep) -> Any:
    """L2 norm of the change that the optimizer's step made, divided by the norm of the variable before it.

    Everything is included: clipping, decay, constraints. 0 for a batch that only accumulates; NaN where the variable was
    all zeros. About 1e-3 is usual for kernels in healthy training (Andrej Karpathy, "Neural Networks: Zero to Hero", 2022).
    """
    return ops.where(step.size > 0, step.change_size / step.size, float("nan"))
