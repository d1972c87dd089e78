"""A penalty on the size of weights with any exponent."""

from typing import Any

import keras

from keras_tips._base.arguments import check_number
from keras_tips.regularizers.sum_of_powers import sum_of_powers

__all__ = ["Lp"]


@keras.saving.register_keras_serializable(package="keras_tips")
class Lp(keras.regularizers.Regularizer):
    """Penalty `strength * sum(|w| ** p)`: no root, and no one half.

    Its pull on a weight is `strength * p * |w| ** (p - 1)` towards 0. With `p=2` it is proportional to the weight and
    makes all weights small; with `p=1` it is constant and makes many of them zero; between the two it does some of both.
    Beyond 2 it hits large weights and hardly touches small ones. Below 1 the pull grows without bound as a weight nears
    0: the result is sparser than with `p=1`, but the penalty is no longer convex, and needs a small learning rate.

    At `w = 0` the pull is 0 for every `p`: 0 is where the penalty is least.

    Args:
        p: the exponent, above 0.
        strength: factor of the penalty, at least 0.

    Raises:
        ValueError: an argument is no such number.

    Example:

    >>> import keras
    >>> from keras_tips.regularizers import Lp
    >>> float(Lp(p=3.0, strength=0.5)(keras.ops.array([1.0, -2.0])))
    4.5

    Reference:
        Ildiko Frank, Jerome Friedman: "A Statistical View of Some Chemometrics Regression Tools", 1993, where the penalty
        is called bridge regression.
    """

    def __init__(self, p: float, strength: float) -> None:
        self.p = check_number("p", p, 0.0, low_open=True)
        self.strength = check_number("strength", strength, 0.0)

    def __call__(self, x: Any) -> Any:
        """Returns the penalty on `x`, a number of its dtype."""
        return self.strength * sum_of_powers(x, self.p)

    def get_config(self) -> dict[str, float]:
        """Returns all arguments."""
        return {"p": self.p, "strength": self.strength}
