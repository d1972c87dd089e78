"""What a probe is: one number per recorded step, for each trainable variable or for the step as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Probe", "TrainingStep", "VariableStep", "probe", "step_probe"]


@dataclass(frozen=True)
class VariableStep:
    """One trainable variable during one step, as tensors of the backend, all of the variable's shape.

    Attributes:
        gradient: of the batch's loss, before clipping, weight decay and accumulation, loss scale divided out.
        before: the variable at which that gradient was taken.
        after: the variable after the optimizer's step.
        clipped: the gradient as the optimizer clips it; None where it clips nothing, or what it has accumulated.
    """

    gradient: Any
    before: Any
    after: Any
    clipped: Any = None


@dataclass(frozen=True)
class TrainingStep:
    """One step of one optimizer, as tensors of the backend.

    Attributes:
        variables: each trainable variable.
        learning_rate: that the step was taken with; None where the optimizer has none, or several.
        loss: of the batch, as Keras minimizes it, penalties included; None where an own `train_step` hides it.
    """

    variables: Sequence[VariableStep]
    learning_rate: Any = None
    loss: Any = None


@dataclass(frozen=True)
class Probe:
    """A quantity, what its number means, and what measuring it costs.

    Attributes:
        name: of the quantity in a `Run`.
        unit: of the number.
        needs: which parts of a `VariableStep` or `TrainingStep` it reads.
        cost: what a recorded step pays, per variable.
        measure: to a scalar tensor, traced inside the compiled training step; None where there is nothing to measure.
        page: what one number means.
        whole: whether it measures a `TrainingStep`, as one number, and not each `VariableStep`.
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    cost: str
    measure: Callable[[Any], Any]
    page: str
    whole: bool = False


def probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[VariableStep], Any]], Probe]:
    """Makes a `Probe` of a function of one variable, whose name becomes the quantity and whose docstring the page."""

    def make(measure: Callable[[VariableStep], Any]) -> Probe:
        return Probe(measure.__name__, unit, needs, cost, measure, (measure.__doc__ or "").strip())

    return make


def step_probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[TrainingStep], Any]], Probe]:
    """Makes a `Probe` of a function of a whole step, in the same way."""

    def make(measure: Callable[[TrainingStep], Any]) -> Probe:
        return Probe(measure.__name__, unit, needs, cost, measure, (measure.__doc__ or "").strip(), whole=True)

    return make
