"""What a probe is: one number per trainable variable and recorded step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Probe", "VariableStep", "probe"]


@dataclass(frozen=True)
class VariableStep:
    """One trainable variable during one step, as tensors of the backend, all of the variable's shape.

    Attributes:
        gradient: of the batch's loss, before clipping, weight decay and accumulation, loss scale divided out.
        before: the variable at which that gradient was taken.
        after: the variable after the optimizer's step.
    """

    gradient: Any
    before: Any
    after: Any


@dataclass(frozen=True)
class Probe:
    """A quantity, what its number means, and what measuring it costs.

    Attributes:
        name: of the quantity in a `Run`.
        unit: of the number.
        needs: which parts of a `VariableStep` it reads: `"gradient"`, `"before"`, `"after"`.
        cost: what a recorded step pays, per variable.
        measure: from a `VariableStep` to a scalar tensor, traced inside the compiled training step.
        page: what one number means.
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    cost: str
    measure: Callable[[VariableStep], Any]
    page: str


def probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[VariableStep], Any]], Probe]:
    """Makes a `Probe` of a function, whose name becomes the quantity and whose docstring the page."""

    def make(measure: Callable[[VariableStep], Any]) -> Probe:
        return Probe(measure.__name__, unit, needs, cost, measure, (measure.__doc__ or "").strip())

    return make
