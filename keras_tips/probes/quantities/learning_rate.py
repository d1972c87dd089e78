"""How far the optimizer was told to go."""

from typing import Any

from keras_tips.probes.probe import TrainingStep, step_probe

__all__ = ["learning_rate"]


@step_probe(unit="none", needs=("learning_rate",), cost="nothing")
def learning_rate(step: TrainingStep) -> Any:
    """The learning rate that the step was taken with: what a schedule, a callback or a person had made of it by then.

    Not measured for a `MultiOptimizer`, which has several.
    """
    return step.learning_rate
