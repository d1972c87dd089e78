"""What the numbers measured at a dropout layer mean, in one word and in a sentence."""

import math
from typing import Any

from keras_tips.probes.dropout_draws import Gains

__all__ = ["CLEAR_ERRORS", "SMALLEST_DEVIATION", "verdict_of"]

# A difference counts from 5 standard errors on. By chance alone a mean of 64 draws is that far off in 5 of a million cases
# (Student's t with 63 degrees of freedom): in a hundred layers that are looked at a hundred times, once in 20 such programs.
CLEAR_ERRORS = 5.0
SMALLEST_DEVIATION = 1e-3  # smaller ones change no training: rounding to three digits is as large
FEWEST_EVENTS = 20  # values dropped, and values kept, over all draws: with fewer, a mean is not near a normal distribution
LOGARITHM_APART = 3.0  # powers of (1 - rate) are told apart if they differ by as many times the uncertainty

# How (power of 1 - rate in training, the same at inference) came about. A mask by itself takes the mean down to the power 1.
POWERS = {
    (1, 0): ("missing_scaling", "it drops, and neither divides by 1 - rate in training nor multiplies by it at inference"),
    (0, 1): ("double_scaling", "it divides by 1 - rate in training and multiplies by it at inference: one is enough"),
    (0, -1): ("double_scaling", "it divides by 1 - rate in training and at inference: divide in training only"),
    (-1, 0): ("double_scaling", "it divides by 1 - rate twice in training: once is enough"),
    (1, 2): ("double_scaling", "it multiplies by 1 - rate twice at inference: once is enough"),
    (2, 1): ("double_scaling", "it multiplies by 1 - rate in training and at inference: do it at inference only"),
    (2, 0): ("wrong_scaling", "it multiplies by 1 - rate in training, where it should divide"),
    (1, -1): ("wrong_scaling", "it divides by 1 - rate at inference, where it should multiply"),
}
ADVICE = "Either divide by 1 - rate in training, or multiply by it at inference."


def verdict_of(dropout: Any, gains: Gains, training: Any) -> tuple[str, str]:
    """Returns the verdict and the sentence, as in `keras_tips.records.dropout_scaling.DropoutCall`.

    Args:
        dropout: the layer: its `rate`, `expected`, `certain` and `layer` are used.
        gains: what was measured.
        training: the `training` that the layer receives in training; None where it takes none.
    """
    if dropout.rate == 0 and not gains.varies:
        return "switched_off", "its rate is 0"
    for judge in (_flags, _masks, _shares, _scaling):
        found = judge(dropout, gains, training)
        if found is not None:
            return found
    return "healthy", "scaled right"


def _flags(dropout: Any, gains: Gains, training: Any) -> tuple[str, str] | None:
    """Active at inference, or never."""
    if gains.varies_at_inference:
        return (
            "active_at_inference",
            "two predictions differ: it drops at inference too. Is `training=True` written in the code?",
        )
    if gains.varies or not gains.same_as_inference:
        return None
    if training is not None and not training:
        if not dropout.layer.trainable:
            return "frozen", "not active in training: it lies in a part that is frozen"
        return "never_active", "it is called with training=False in training: pass `training` on"
    if _too_few(dropout, gains):
        return "unclear", "it drops so little that no drop was seen"
    if not dropout.certain:
        return "not_judged", "it does the same in training and at inference, and may be no dropout"
    return "never_active", "it does in training what it does at inference: does it look at `training`?"


def _masks(dropout: Any, gains: Gains, training: Any) -> tuple[str, str] | None:
    """A mask that does not change; too little to go by; or no dropout at all."""
    if math.isnan(gains.factor) and not dropout.certain:
        return "not_judged", "a layer of your own that does other than drop and scale"
    if dropout.rate >= 1:
        return "wrong_rate", "it drops everything: its rate is 1"
    if _too_few(dropout, gains) and not gains.masks:
        return "unclear", "too few values were dropped, or kept, to go by: give it more rows or draws"
    if not gains.varies and not _too_few(dropout, gains):
        return "same_mask", f"it drops the same values in each of {gains.draws} draws: use a keras.random.SeedGenerator"
    return None


def _shares(dropout: Any, gains: Gains, training: Any) -> tuple[str, str] | None:
    """Drops more or less than the rate says."""
    if math.isnan(gains.factor) or _too_few(dropout, gains):
        return None
    if abs(gains.dropped - dropout.rate) <= max(CLEAR_ERRORS * gains.dropped_error, SMALLEST_DEVIATION):
        return None
    confused = abs(gains.dropped - (1 - dropout.rate)) <= max(CLEAR_ERRORS * gains.dropped_error, SMALLEST_DEVIATION)
    cure = ": is the share that is kept taken for the one that is dropped?" if confused else ""
    return "wrong_rate", f"it drops {gains.dropped:.3g} of the values, where its rate says {dropout.rate:g}{cure}"


def _scaling(dropout: Any, gains: Gains, training: Any) -> tuple[str, str] | None:
    """Mean over masks and pass at inference differ."""
    if not gains.inference:
        return "wrong_scaling", "it lets nothing through at inference"
    tolerance = max(CLEAR_ERRORS * gains.error, gains.rounding * abs(gains.ratio), SMALLEST_DEVIATION)
    if abs(gains.ratio - dropout.expected) <= tolerance:
        if tolerance > dropout.rate:  # a missing factor 1 - rate would not be seen either
            return "unclear", f"known to {gains.error:.2g} only: give it more rows or draws"
        return None
    means = f"training hands on {gains.training:.3g} of what goes in, on average, inference {gains.inference:.3g}"
    verdict, how = POWERS.get(_powers(1 - dropout.rate, gains), ("wrong_scaling", ADVICE))
    return verdict, f"{means}; {how}"


def _powers(keeps: float, gains: Gains) -> tuple[int, int]:
    """The powers of 1 - rate that the gains in training and at inference are; (9, 9) where they are none."""
    found = []
    for gain, error in ((gains.training, gains.training_error), (gains.inference, gains.inference_error)):
        if gain <= 0:
            return 9, 9
        uncertain = max(CLEAR_ERRORS * error / gain, gains.rounding, SMALLEST_DEVIATION)
        power = math.log(gain) / math.log(keeps)
        if abs(power - round(power)) * -math.log(keeps) > uncertain or -math.log(keeps) < LOGARITHM_APART * uncertain:
            return 9, 9
        found.append(round(power))
    return found[0], found[1]


def _too_few(dropout: Any, gains: Gains) -> bool:
    return min(dropout.rate, 1 - dropout.rate) * gains.entries * gains.draws < FEWEST_EVENTS
