"""How strongly the loss pulls on a variable."""

from typing import Any

from keras_tips.probes.probe import VariableStep, probe

__all__ = ["gradient_norm"]


@probe(unit="loss per unit of the variable", needs=("gradient",), cost="one or two passes over the gradient", of_sizes=True)
def gradient_norm(step: VariableStep) -> Any:
    """L2 norm of the true gradient of the batch's loss.

    Before clipping, weight decay and accumulation, with any loss scale divided out. Where the norms of early layers are
    orders of magnitude below those of late layers, the early layers hardly learn.
    """
    return step.gradient_size
