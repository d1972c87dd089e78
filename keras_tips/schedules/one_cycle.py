"""A learning rate that rises once, high, and then falls to almost nothing."""

import math
from typing import Any

import keras
from keras import ops

from keras_tips._base.arguments import check_integer, check_number, invalid

__all__ = ["OneCycle"]


@keras.saving.register_keras_serializable(package="keras_tips")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from `maximum / start_divisor` to `maximum`, and falls to `maximum / end_divisor`, all in `steps` steps.

        top      = rise * steps - 1
        rate(t)  = start + (maximum - start) * shape(t / top)                            up to step top
        rate(t)  = end + (maximum - end) * shape((steps - 1 - t) / (steps - 1 - top))    after it
        shape(z) = sin(pi / 2 * z) ** 2

    t counts the steps from 0, and z is kept in [0, 1], so that after the last step the rate stays at its end. The rise is a
    warm-up for a rate higher than one that could be held for long, which itself regularizes, so that other regularization
    may be less; on the way down the weights settle. The author's lines are straight; the halves of a cosine and the defaults
    are those in use since, and those of PyTorch's `OneCycleLR`, with the same values at each step. There, momentum goes down
    and up against the rate as well, which a Keras schedule cannot do.

    Args:
        maximum: the highest rate, above 0: what `keras_tips.callbacks.find_learning_rate` recommends, or a few times that.
        steps: steps of the whole training, at least 3: `epochs * math.ceil(examples / batch_size)`.
        rise: share of the steps until the highest rate is reached, in (0, 1); the top has to be a step after the first and
            before the last.
        start_divisor: the first rate is `maximum` divided by this; at least 1.
        end_divisor: the last rate is `maximum` divided by this; at least 1.
        name: a name for the schedule, or None.

    Raises:
        ValueError: an argument is not as described; the text names it.

    Example:

    >>> from keras_tips.schedules import OneCycle
    >>> schedule = OneCycle(1.0, steps=11, rise=0.5, end_divisor=1000)
    >>> [round(float(schedule(step)), 3) for step in range(0, 11, 2)]
    [0.04, 0.437, 0.971, 0.828, 0.293, 0.001]

    Reference:
        Leslie N. Smith, Nicholay Topin: "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning
        Rates", 2018, https://arxiv.org/abs/1708.07120
    """

    def __init__(
        self,
        maximum: float,
        steps: int,
        rise: float = 0.3,
        start_divisor: float = 25.0,
        end_divisor: float = 25e4,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.maximum = check_number("maximum", maximum, 0.0, low_open=True)
        self.steps = check_integer("steps", steps, 3)
        self.rise = check_number("rise", rise, 0.0, 1.0, low_open=True, high_open=True)
        if not 0 < self._top < self.steps - 1:
            cure = "Raise it, or have more steps." if self._top <= 0 else "Lower it."
            raise invalid(
                "rise", f"a share of the {steps} steps that has its top after the first and before the last", rise, cure
            )
        self.start_divisor = check_number("start_divisor", start_divisor, 1.0)
        self.end_divisor = check_number("end_divisor", end_divisor, 1.0)
        self.name = name

    @property
    def _top(self) -> float:
        """The step, perhaps between two whole ones, at which the rate is highest."""
        return self.rise * self.steps - 1

    def __call__(self, step: Any) -> Any:
        """Returns the learning rate of a step: a scalar tensor, float32."""
        start, end = self.maximum / self.start_divisor, self.maximum / self.end_divisor
        with keras.name_scope(self.name or "one_cycle"):
            step = ops.cast(ops.convert_to_tensor(step), "float32")
            rising = start + (self.maximum - start) * _shape(step / self._top)
            falling = end + (self.maximum - end) * _shape((self.steps - 1 - step) / (self.steps - 1 - self._top))
            return ops.where(step <= self._top, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values."""
        names = ("maximum", "steps", "rise", "start_divisor", "end_divisor", "name")
        return {name: getattr(self, name) for name in names}


def _shape(share: Any) -> Any:
    """Half a cosine from 0 to 1, flat at both ends, for a share that is cut off at 0 and 1."""
    return ops.square(ops.sin(math.pi / 2 * ops.clip(share, 0.0, 1.0)))  # 1 - cos would round the smallest rates away
