"""What clipping leaves of a gradient."""

from typing import Any

from keras import ops

from keras_tips.probes.norm import norm
from keras_tips.probes.probe import VariableStep, probe

__all__ = ["clip_ratio"]


@probe(unit="none", needs=("gradient", "clipped"), cost="two to four passes over the gradient")
def clip_ratio(step: VariableStep) -> Any:
    """L2 norm of the gradient after the optimizer's clipping, over that before it; 1 where nothing was clipped.

    Measured where the optimizer has `clipnorm`, `clipvalue` or `global_clipnorm` and does not accumulate gradients. Below 1
    at most steps, the limit and not the learning rate says how far a step goes.
    """
    if step.clipped is None:
        return None
    before, after = norm(step.gradient), norm(step.clipped)  # summed in the same order, so that what is equal stays equal
    changed = before != after
    return ops.where(changed, after / ops.where(changed, before, ops.ones_like(before)), ops.ones_like(before))
