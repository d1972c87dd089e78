"""What the step was to make smaller."""

from typing import Any

from keras_tips.probes.probe import TrainingStep, step_probe

__all__ = ["batch_loss"]


@step_probe(unit="loss", needs=("loss",), cost="nothing")
def batch_loss(step: TrainingStep) -> Any:
    """The loss of this batch alone, before the step, as Keras minimizes it: all outputs' losses and the penalties.

    Keras's own logs give its mean over the epoch so far. Not measured where a model has a `train_step` of its own.
    """
    return step.loss
