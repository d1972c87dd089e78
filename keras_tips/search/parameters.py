"""The parameters of the built-in model: what each may be, and what it is when a config says nothing."""

from dataclasses import dataclass
from typing import Any

__all__ = ["parameters"]

ACTIVATIONS = (
    "elu",
    "gelu",
    "leaky_relu",
    "maxout",
    "prelu",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanh",
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of the built-in model.

    Attributes:
        default: its value when a config says nothing.
        meaning: in a few words, with the unit.
        low: least value of a number.
        choices: the names it may be; empty for a number.
        of_any_model: whether it also applies to a model of one's own.
        needs: parameter -> value that must hold for it to play a part.
    """

    default: Any
    meaning: str
    low: float = 0.0
    choices: tuple[str, ...] = ()
    of_any_model: bool = False
    needs: tuple[str, str] | None = None

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(self.default, int)

    @property
    def expected(self) -> str:
        """What a value must be, for messages."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        return f"a whole number of at least {self.low:g}" if self.whole else f"a number above {self.low:g}"

    def accepts(self, value: Any) -> bool:
        """Whether `value` is one it may take."""
        if self.choices:
            return isinstance(value, str) and value in self.choices
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return isinstance(value, int) and value >= self.low if self.whole else value > self.low


def parameters() -> dict[str, Parameter]:
    """Returns the parameters by name.

    >>> parameters()["units"].expected
    'a whole number of at least 1'
    """
    return {
        "lr": Parameter(1e-3, "learning rate of Adam", of_any_model=True),
        "batch_size": Parameter(32, "rows per step", low=1, of_any_model=True),
        "layers": Parameter(2, "number of hidden layers", low=1),
        "units": Parameter(64, "units per hidden layer", low=1),
        "activation": Parameter("relu", "of the hidden layers", choices=ACTIVATIONS),
        "pieces": Parameter(2, "linear pieces per maxout unit", low=2, needs=("activation", "maxout")),
    }
