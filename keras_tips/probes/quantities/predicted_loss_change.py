"""What a step would change if the loss were a plane."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import TrainingStep, step_probe

__all__ = ["predicted_loss_change"]


@step_probe(unit="loss", needs=("gradient", "before", "after"), cost="two passes over the variable")
def predicted_loss_change(step: TrainingStep) -> Any:
    """The sum over all variables of gradient times change: by how much the step lowers this batch's loss, to first order.

    For plain SGD it is minus the learning rate times the squared norm of the gradient. Where losses fall by much less than
    predicted, or rise, the step is longer than the loss is straight: the learning rate is too high. Above 0, the step went
    uphill for this batch, as momentum may.
    """
    places, many = step.together
    parts = [step.variables[place].slope for place in step.alone] + ([ops.sum(many.slope)] if places else [])
    return sum(parts[1:], parts[0]) if parts else None
