"""What a probe is: one number per recorded step, for each trainable variable, for each layer, or for the step as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from keras import ops

from keras_tips.probes.in_one_pass import Sizes
from keras_tips.probes.norm import norm, product

__all__ = ["Fold", "Interval", "LayerStep", "Probe", "TrainingStep", "VariableStep"]
__all__ += ["interval_probe", "layer_probe", "probe", "step_probe"]

Fold = Callable[[np.ndarray], float | None]


@dataclass(frozen=True)
class VariableStep:
    """One trainable variable during one step, as tensors of the backend, all of the variable's shape.

    Attributes:
        gradient: of the batch's loss, before clipping, weight decay and accumulation, loss scale divided out.
        before: the variable at which that gradient was taken.
        after: the variable after the optimizer's step.
        clipped: the gradient as the optimizer clips it; None where it clips nothing, or what it has accumulated.
        sizes: norms and slope, where they were taken already.
    """

    gradient: Any = None
    before: Any = None
    after: Any = None
    clipped: Any = None
    sizes: Sizes | None = None

    @cached_property
    def gradient_size(self) -> Any:
        """L2 norm of the gradient."""
        return norm(self.gradient) if self.sizes is None else self.sizes.gradient

    @cached_property
    def size(self) -> Any:
        """L2 norm of the variable before the step."""
        return norm(self.before) if self.sizes is None else self.sizes.before

    @property
    def change_size(self) -> Any:
        """L2 norm of what the step made of the variable."""
        return self._of_change[0] if self.sizes is None else self.sizes.change

    @property
    def slope(self) -> Any:
        """Sum of gradient times change."""
        return self._of_change[1] if self.sizes is None else self.sizes.slope

    @cached_property
    def _of_change(self) -> tuple[Any, Any]:
        """Norm and slope of the change, which is as large as the variable and so is not kept; no slope without a gradient."""
        kind = "float64" if "float64" in str(self.before.dtype) else "float32"
        change = ops.cast(self.after, kind) - ops.cast(self.before, kind)
        return norm(change), None if self.gradient is None else product(self.gradient, change)


@dataclass(frozen=True)
class TrainingStep:
    """One step of one optimizer, as tensors of the backend.

    Attributes:
        variables: each trainable variable.
        learning_rate: that the step was taken with; None where the optimizer has none, or several.
        loss: of the batch, as Keras minimizes it, penalties included; None where an own `train_step` hides it.
        together: places of variables whose sizes were taken together, and these as one, with `sizes` of shape (variables,).
    """

    variables: Sequence[VariableStep]
    learning_rate: Any = None
    loss: Any = None
    together: tuple[Sequence[int], VariableStep] = ((), VariableStep())

    @property
    def alone(self) -> Sequence[int]:
        """Places of the other variables."""
        return sorted(set(range(len(self.variables))).difference(self.together[0]))


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
class Interval:
    """A stretch of training between two looks at the clock.

    Attributes:
        seconds: of wall-clock time.
        steps: how many began in it.
    """

    seconds: float
    steps: int


@dataclass(frozen=True)
class Probe:
    """A quantity, what its number means, and what measuring it costs.

    What can only be said of several steps together is measured as a vector, of which a few are kept on the host.

    Attributes:
        name: of the quantity in a `Run`.
        unit: of the number.
        needs: which parts of what is measured it reads.
        cost: what a recorded step pays, per variable or layer.
        measure: to a scalar tensor, traced inside the compiled training step; None where there is nothing to measure.
        page: what one number means.
        measures: what `measure` takes: `VariableStep`, `LayerStep`, `TrainingStep` or `Interval`.
        fold: from the vectors of the last recorded steps, shape (steps, width), to the number of the last of them, None
            where these do not yet say anything; None where `measure` gives the number itself.
        window: how many recorded steps `fold` looks at.
        of_sizes: whether it reads nothing but sizes of a `VariableStep`, and so may be given many variables as one.
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    cost: str
    measure: Callable[[Any], Any]
    page: str
    measures: type = VariableStep
    fold: Fold | None = None
    window: int = 1
    of_sizes: bool = False


def probe(
    unit: str, needs: tuple[str, ...], cost: str, fold: Fold | None = None, window: int = 1, of_sizes: bool = False
) -> Callable[[Callable[[VariableStep], Any]], Probe]:
    """Makes a `Probe` of a function of one variable, whose name becomes the quantity and whose docstring the page."""
    return _maker(VariableStep, unit, needs, cost, fold, window, of_sizes)


def layer_probe(
    unit: str, needs: tuple[str, ...], cost: str, fold: Fold | None = None, window: int = 1
) -> Callable[[Callable[[LayerStep], Any]], Probe]:
    """Makes a `Probe` of a function of one layer's outputs, in the same way."""
    return _maker(LayerStep, unit, needs, cost, fold, window)


def step_probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[TrainingStep], Any]], Probe]:
    """Makes a `Probe` of a function of a whole step, in the same way."""
    return _maker(TrainingStep, unit, needs, cost)


def interval_probe(unit: str, needs: tuple[str, ...], cost: str) -> Callable[[Callable[[Interval], float]], Probe]:
    """Makes a `Probe` of a function of the time that steps took, in the same way."""
    return _maker(Interval, unit, needs, cost)


def _maker(
    measures: type,
    unit: str,
    needs: tuple[str, ...],
    cost: str,
    fold: Fold | None = None,
    window: int = 1,
    of_sizes: bool = False,
) -> Callable[[Callable[[Any], Any]], Probe]:
    def make(measure: Callable[[Any], Any]) -> Probe:
        page = (measure.__doc__ or "").strip()
        return Probe(measure.__name__, unit, needs, cost, measure, page, measures, fold, window, of_sizes)

    return make
