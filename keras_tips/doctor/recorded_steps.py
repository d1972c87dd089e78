"""The steps that were recorded, over the whole network."""

from dataclasses import dataclass

import numpy as np

from keras_tips.records.run import Run

__all__ = ["BEGINNING", "RecordedSteps", "recorded_steps"]

# Every one of the first 8 steps is recorded, later ones ever more rarely. They show what a step does while the weights are
# still near those that the initializer made.
BEGINNING = 8  # recorded steps


@dataclass(frozen=True)
class RecordedSteps:
    """Arrays with one entry per recorded step; NaN where something was not measured.

    Attributes:
        steps: their numbers.
        loss: of the batch, before the step.
        predicted: by how much the step changes that loss, if the loss were a plane; below 0 it falls.
        gradient: L2 norm over all variables together.
        weight: likewise.
        moved: L2 norm of the step over that of the weights, over all variables together.
        own_pull: as `pull`, if each variable went along its own gradient by its own length.
        furthest: the `way` of the variable that went furthest, in its own length, of those that did not start as zeros.
    """

    steps: np.ndarray
    loss: np.ndarray
    predicted: np.ndarray
    gradient: np.ndarray
    weight: np.ndarray
    moved: np.ndarray
    own_pull: np.ndarray
    furthest: float

    @property
    def promise(self) -> np.ndarray:
        """The fall that a step predicts, in shares of the loss that is there: above 1 it promises more than there is.

        On a parabola a step to the bottom promises 2, and one at the limit beyond which steps diverge promises 4,
        whatever its curvature, scale and width are. NaN where the loss is not above 0.
        """
        with np.errstate(all="ignore"):
            return np.where(self.loss > 0, -self.predicted / self.loss, np.nan)

    @property
    def pull(self) -> np.ndarray:
        """What the loss would lose, if it were a plane and all weights went along the gradient by their own length.

        It does not depend on the units of weights and gradients. With networks as initializers make them it is some ten times
        what a constant prediction costs, about once for each layer.
        """
        with np.errstate(all="ignore"):
            return self.gradient * self.weight

    @property
    def way(self) -> float:
        """Length of the way that the weights went in all, in multiples of their own length; they are nearer than that.

        Between two recorded steps it is interpolated. NaN where fewer than two steps are known.
        """
        return _way(self.steps, self.moved)

    @property
    def promised(self) -> float:
        """The fall that all steps of the run predicted together, interpolated; NaN where fewer than two are known."""
        known = np.isfinite(self.predicted)
        if known.sum() < 2:
            return float("nan")
        with np.errstate(all="ignore"):
            return float(-np.trapezoid(self.predicted[known], self.steps[known]))


def recorded_steps(run: Run) -> RecordedSteps | None:
    """Returns what was recorded per step, or None where not even the norms of gradients and weights were."""
    weights, gradients, moves = (_matrix(run, name) for name in ("weight_norm", "gradient_norm", "update_ratio"))
    places = [place for place in weights if place in gradients]
    if not places:
        return None
    steps = max((weights[place][0] for place in places), key=len)
    places = [place for place in places if np.array_equal(weights[place][0], steps)]
    places = [place for place in places if np.array_equal(gradients[place][0], steps)]
    if not places:
        return None
    with np.errstate(all="ignore"):  # runs that went wrong hold numbers near the end of what a float can
        weight = np.array([weights[place][1] for place in places])
        gradient = np.array([gradients[place][1] for place in places])
        size = np.sqrt(np.sum(weight**2, axis=0))
        ratios = np.array([_on(steps, moves.get(place)) for place in places])
        move = ratios * weight
        # A variable that is all zeros has no ratio: what it moved is not counted at that step.
        moved = np.where(np.isnan(move).all(axis=0), np.nan, np.sqrt(np.nansum(move**2, axis=0)) / size)
        norm = np.sqrt(np.sum(gradient**2, axis=0))
        own_pull = np.sum(gradient * weight, axis=0)
        ways = [_way(steps, ratio) for ratio, length in zip(ratios, weight[:, 0], strict=True) if length > 0]
    loss, predicted = (_on(steps, _of_steps(run, name)) for name in ("batch_loss", "predicted_loss_change"))
    furthest = max((way for way in ways if np.isfinite(way)), default=float("nan"))
    return RecordedSteps(steps, loss, predicted, norm, size, moved, own_pull, furthest)


def _way(steps: np.ndarray, moved: np.ndarray) -> float:
    """Length of a way whose steps are known now and then; NaN where fewer than two are."""
    known = np.isfinite(moved)
    return float(np.trapezoid(moved[known], steps[known])) if known.sum() >= 2 else float("nan")


def _matrix(run: Run, quantity: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    if quantity not in run.quantities:
        return {}
    return {place: run.series(quantity, place) for place in run.places(quantity)}


def _of_steps(run: Run, quantity: str) -> tuple[np.ndarray, np.ndarray] | None:
    return next(iter(_matrix(run, quantity).values()), None)


def _on(steps: np.ndarray, series: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
    """The values of a series at these steps, NaN where it has none."""
    values = np.full(len(steps), np.nan)
    if series is not None:
        _, here, there = np.intersect1d(steps, series[0], assume_unique=True, return_indices=True)
        values[here] = series[1][there]
    return values
