"""What a probe is: one number per recorded step, for each trainable variable, for each layer, or for the step as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LayerStep", "Probe", "TrainingStep", "VariableStep", "layer_probe", "probe", "step_probe"]


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
class LayerStep:
    """What one layer gave in the forward pass of one step, as tensors of the backend.

    Attributes:
        outputs: in float32 or better, shape (examples, ..., units), or channels first as the layer gives them.
        axis: the axis of `outputs` along which units lie.
        activation: its activation's name; None without one.
        winners: which piece won, whole numbers in the shape of `outputs`; None for a layer without pieces.
        pieces: how many compete.
    """

    outputs: Any
    axis: int = -1
    activation: str | None = None
    winners: Any = None
    pieces: int = 0


@dataclass(frozen=True)
class Probe:
    """A quantity, what its number means, and what measuring it costs.

    Attributes:
        name: of the quantity in a `Run`.
        unit: of the number.
        needs: which parts of what is measured it reads.
        cost: what a recorded step pays, per variable or layer.
        measure: to a scalar tensor, traced inside the compiled training step; None where there is nothing to measure.
        page: what one number means.
        measures: what `measure` takes: `VariableStep`, `LayerStep` or `TrainingStep`.
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    cost: str
    measure: Callable[[Any], Any]
    page: str
    measures: type = VariableStep


def probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[VariableStep], Any]], Probe]:
    """Makes a `Probe` of a function of one variable, whose name becomes the quantity and whose docstring the page."""

    def make(measure: Callable[[VariableStep], Any]) -> Probe:
        return Probe(measure.__name__, unit, needs, cost, measure, (measure.__doc__ or "").strip())

    return make


def step_probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[TrainingStep], Any]], Probe]:
    """Makes a `Probe` of a function of a whole step, in the same way."""

    def make(measure: Callable[[TrainingStep], Any]) -> Probe:
        return Probe(measure.__name__, unit, needs, cost, measure, (measure.__doc__ or "").strip(), TrainingStep)

    return make


def layer_probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[LayerStep], Any]], Probe]:
    """Makes a `Probe` of a function of one layer's outputs, in the same way."""

    def make(measure: Callable[[LayerStep], Any]) -> Probe:
        return Probe(measure.__name__, unit, needs, cost, measure, (measure.__doc__ or "").strip(), LayerStep)

    return make
