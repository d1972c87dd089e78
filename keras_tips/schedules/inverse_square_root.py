"""A learning rate that falls with the square root of the steps taken."""

from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, check_number

__all__ = ["InverseSquareRoot"]


@keras.saving.register_keras_serializable(package="keras_tips")
class InverseSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """Falls as `1 / sqrt(t + 1)`, after a warm-up in which it rises from step to step by the same amount.

        rate(t) = learning_rate * min((t + 1) / warmup_steps, sqrt(warmup_steps / (t + 1)))

    t counts the steps from 0. With the default, `warmup_steps=1`, there is no warm-up, and this is
    `learning_rate / sqrt(t + 1)`, the decay that makes gradient descent on any convex function converge. With
    `learning_rate=(d * warmup_steps) ** -0.5` it is the schedule of the Transformer whose width is d. It needs no number of
    steps in advance, unlike cosine or one-cycle schedules: training may go on for as long as it brings something.

    Args:
        learning_rate: the highest rate, reached at step `warmup_steps - 1`; above 0.
        warmup_steps: steps of the warm-up, the highest one included; at least 1.
        name: a name for the schedule, or None.

    Raises:
        ValueError: an argument is not as described; the text names it.

    Example:

    >>> from keras_tips.schedules import InverseSquareRoot
    >>> schedule = InverseSquareRoot(0.1)
    >>> [round(float(schedule(step)), 4) for step in (0, 3, 99)]
    [0.1, 0.05, 0.01]
    >>> schedule = InverseSquareRoot(0.1, warmup_steps=4)
    >>> [round(float(schedule(step)), 4) for step in (0, 1, 3, 15)]
    [0.025, 0.05, 0.1, 0.05]

    Reference:
        Martin Zinkevich: "Online Convex Programming and Generalized Infinitesimal Gradient Ascent", 2003.
        Ashish Vaswani and others: "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762, section 5.3.
    """

    def __init__(self, learning_rate: float, warmup_steps: int = 1, name: str | None = None) -> None:
        super().__init__()
        self.learning_rate = check_number("learning_rate", learning_rate, 0.0, low_open=True)
        self.warmup_steps = check_integer("warmup_steps", warmup_steps, 1)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate of a step: a scalar tensor, float32."""
        with keras.name_scope(self.name or "inverse_square_root"):
            count = ops.cast(ops.convert_to_tensor(step), "float32") + 1
            share = ops.minimum(count / self.warmup_steps, ops.sqrt(self.warmup_steps / count))
            return self.learning_rate * share

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {"learning_rate": self.learning_rate, "warmup_steps": self.warmup_steps, "name": self.name}
