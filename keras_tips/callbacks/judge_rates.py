"""Reads the losses of a range test: where do they fall, where do they rise again, and which rate follows from that."""

import numpy as np

from keras_tips.records.learning_rate_test import LearningRateTest

__all__ = ["judge_rates", "smoothed"]

# Half of the rate at which the smoothed loss is lowest. On eighteen pairs of model and optimizer this came closer to the
# best of eleven rates, by the training loss after five epochs, than the steepest place, a tenth of the lowest, the "valley",
# and a fifth of where it diverges. The whole rate is as often too high as not.
DIVISOR = 2.0
# Standard deviation of the Gaussian that smooths, in steps: at least 5, so that some 18 losses are averaged, and a fortieth of
# the test, which in the default range is a sixth of a power of ten.
LEAST_WIDTH, WIDTH_SHARE = 5.0, 1 / 40
START = 10  # steps whose mean is the level at the start: rates are too low there to change it
# The loss has diverged where half of what it had fallen is lost again; where it had not fallen, clearly above its start.
LOST = 0.5  # share of the fall
# In multiples of the losses' own scatter. The smallest of 200 smoothed values of pure noise lies 0.5 to 1 of them below the
# start; of 1500 tests of noise of three kinds, 3 passed.
CLEAR = 2.0
# Without divergence, rates up to ten times as high have to have been tried in vain before a lowest place is believed.
TRIED_IN_VAIN = 10.0


def judge_rates(rates: np.ndarray, losses: np.ndarray) -> LearningRateTest:
    """Returns the test with what it recommends, or with the reason why nothing can be recommended.

    Args:
        rates: learning rates in growing order, of shape (steps,).
        losses: the loss after the step with each rate, of the same shape; only the last may be not finite.
    """
    finite = np.isfinite(losses)
    curve = np.full(len(losses), np.nan)
    if finite.sum() <= START:
        return LearningRateTest(rates, losses, curve, None, _at_once(finite), float(rates[-1]) if len(rates) else None)
    start, least = float(losses[:START].mean()), float(losses[finite].min())
    # What rises far above the start says no more than that it does, and would weigh on the mean of its neighbours.
    capped = np.minimum(losses[finite], start + max(start - least, 0.0))
    curve[finite] = smoothed(capped, max(LEAST_WIDTH, len(losses) * WIDTH_SHARE))
    lowest = int(np.nanargmin(curve))
    before = slice(0, max(lowest, START) + 1)
    scatter = float(np.sqrt(np.mean((capped[before] - curve[before]) ** 2)))
    fall = start - float(curve[lowest])
    clear = fall > CLEAR * scatter
    level = start - (1 - LOST) * fall if clear else start + CLEAR * scatter
    later = np.flatnonzero(~(curve[lowest:] <= level))  # also where it is not finite
    diverged = float(rates[lowest + later[0]]) if len(later) else None
    recommended = None
    if not clear:
        reason = _no_fall(rates, start, fall, scatter, diverged)
    elif diverged is None and rates[-1] < TRIED_IN_VAIN * rates[lowest]:
        reason = _no_rise(rates, curve, start, lowest)
    else:
        recommended = float(rates[lowest] / DIVISOR)
        reason = _found(rates, curve, start, lowest, diverged)
    return LearningRateTest(rates, losses, curve, recommended, reason, diverged)


def smoothed(values: np.ndarray, width: float) -> np.ndarray:
    """Returns at each place the mean of all values, weighted by a Gaussian around that place, `width` steps wide.

    It looks as far ahead as back. A running average looks back only, and shows everything at too high a rate.

    >>> smoothed(np.array([0.0, 0.0, 3.0, 0.0, 0.0]), width=0.5).round(2).tolist()
    [0.0, 0.32, 2.36, 0.32, 0.0]
    """
    places = np.arange(len(values))
    weights = np.exp(-0.5 * ((places[None, :] - places[:, None]) / width) ** 2)  # (place, value)
    return weights @ values / weights.sum(axis=1)


def _at_once(finite: np.ndarray) -> str:
    if not finite.any():
        return "The loss is not finite at the first steps: look for NaN and infinity in the data, weights and loss."
    return f"The loss is not finite after {finite.sum()} steps, too few to see a fall. Lower `minimum`."


def _no_fall(rates: np.ndarray, start: float, fall: float, scatter: float, diverged: float | None) -> str:
    told = (
        f"The loss did not clearly fall: from {start:.3g} by {max(fall, 0.0):.2g}, where single steps scatter by {scatter:.2g}"
    )
    if diverged is None:
        return f"{told}. Raise `maximum` above {rates[-1]:.2g}; else take more `steps` or larger batches."
    return f"{told}, and diverged from {diverged:.2g}. Take more `steps` or larger batches, or lower `minimum`."


def _no_rise(rates: np.ndarray, curve: np.ndarray, start: float, lowest: int) -> str:
    told = f"The loss fell from {start:.3g} to {curve[lowest]:.3g} at {rates[lowest]:.2g}"
    return f"{told}, and did not diverge up to {rates[-1]:.2g}, so a higher rate may be better. Raise `maximum`."


def _found(rates: np.ndarray, curve: np.ndarray, start: float, lowest: int, diverged: float | None) -> str:
    steepest = rates[int(np.argmin(np.diff(curve[: lowest + 1])))] if lowest else rates[0]
    fell = f"The loss fell from {start:.3g}, steepest at {steepest:.2g}, to {curve[lowest]:.3g} at {rates[lowest]:.2g}"
    end = f"no rate up to {rates[-1]:.2g} did better" if diverged is None else f"diverged from {diverged:.2g}"
    return f"{fell}, and {end}; recommended is half of {rates[lowest]:.2g}."
