"""A learning rate that goes up and down between two values."""

from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, check_number, invalid

__all__ = ["Triangular"]


@keras.saving.register_keras_serializable(package="keras_tips")
class Triangular(keras.optimizers.schedules.LearningRateSchedule):
    """Rises in a straight line from `minimum` to `maximum`, falls back as straight, and begins again, lower if wanted.

        cycle   = floor(t / (2 * half_cycle))
        height  = 1 - abs(t / half_cycle - 2 * cycle - 1)
        rate(t) = minimum + (maximum - minimum) * height * decay ** cycle

    t counts the steps from 0. High rates carry weights over plateaus and out of sharp valleys, low ones let them settle. The
    author finds `half_cycle` of 2 to 10 epochs to work, `minimum` where in a range test the loss begins to fall, and
    `maximum` where it stops falling: see `keras_tips.callbacks.find_learning_rate`. Good moments to end training, or to keep
    weights for an ensemble, are the ends of cycles.

    Args:
        minimum: the rate at the ends of each cycle, at least 0.
        maximum: the rate at the top of the first cycle, above `minimum`.
        half_cycle: steps from bottom to top, at least 1.
        decay: how much of the height is left from each cycle to the next, in (0, 1]: 1 is the paper's `triangular`, 0.5 its
            `triangular2`.
        name: a name for the schedule, or None.

    Raises:
        ValueError: an argument is not as described; the text names it.

    Example:

    >>> from keras_tips.schedules import Triangular
    >>> schedule = Triangular(0.0, 1.0, half_cycle=2, decay=0.5)
    >>> [float(schedule(step)) for step in range(9)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25, 0.0]

    Reference:
        Leslie N. Smith: "Cyclical Learning Rates for Training Neural Networks", 2017, https://arxiv.org/abs/1506.01186
    """

    def __init__(self, minimum: float, maximum: float, half_cycle: int, decay: float = 1.0, name: str | None = None) -> None:
        super().__init__()
        self.minimum = check_number("minimum", minimum, 0.0)
        self.maximum = check_number("maximum", maximum, 0.0)
        if self.maximum <= self.minimum:
            raise invalid("maximum", f"a number above minimum={self.minimum:g}", maximum)
        self.half_cycle = check_integer("half_cycle", half_cycle, 1)
        self.decay = check_number("decay", decay, 0.0, 1.0, low_open=True)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate of a step: a scalar tensor, float32."""
        with keras.name_scope(self.name or "triangular"):
            step = ops.convert_to_tensor(step)
            # Divided as whole numbers, since float32 no longer counts single steps beyond 16 million.
            cycle = ops.cast(ops.floor_divide(step, 2 * self.half_cycle), "float32")
            within = ops.cast(ops.mod(step, 2 * self.half_cycle), "float32")
            height = 1 - ops.abs(within / self.half_cycle - 1)
            return self.minimum + (self.maximum - self.minimum) * height * ops.power(self.decay, cycle)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        return {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "half_cycle": self.half_cycle,
            "decay": self.decay,
            "name": self.name,
        }
