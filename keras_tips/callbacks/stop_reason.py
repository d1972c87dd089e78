"""Why a training is to be stopped, in one sentence."""

import math
from collections.abc import Iterable, Mapping, Sequence

from keras_tips.callbacks.aim import Aim
from keras_tips.callbacks.progress import Progress

__all__ = ["lost_reason", "moment", "reached_reason", "stagnation_reason"]


def moment(epoch: int, step: int | None = None) -> str:
    """Names a moment as Keras counts in its messages: epochs from 1.

    >>> moment(4), moment(0, 60)
    ('epoch 5', 'epoch 1, step 60')
    """
    return f"epoch {epoch + 1}" + ("" if step is None else f", step {step}")


def lost_reason(aims: Iterable[Aim], values: Mapping[str, float], when: str, check_finite: bool) -> str | None:
    """Returns the sentence where some value is beyond its threshold or, with `check_finite`, not finite; else None."""
    for aim in aims:
        value = values.get(aim.monitor)
        if value is None:
            continue
        if check_finite and not math.isfinite(value):
            return f"{aim.monitor} was {value} at {when}."
        if aim.diverged(value):
            side = "above" if aim.lower_is_better else "below"
            return f"{aim.monitor} was {value:.6g} at {when}, {side} the divergence threshold {aim.divergence_threshold:g}."
    return None


def reached_reason(aims: Iterable[Aim], values: Mapping[str, float], when: str) -> str | None:
    """Returns the sentence where every metric with a stopping threshold has reached it; else None."""
    asked = [aim for aim in aims if aim.stopping_threshold is not None]
    if not asked or not all(aim.monitor in values and aim.reached(values[aim.monitor]) for aim in asked):
        return None
    told = (f"{aim.monitor} was {values[aim.monitor]:.6g} (wanted: {aim.stopping_threshold:g})" for aim in asked)
    return f"The stopping threshold was reached at {when}: {', '.join(told)}."


def stagnation_reason(aims: Sequence[Aim], progress: Mapping[str, Progress], any_is_enough: bool, unit: str) -> str | None:
    """Returns the sentence where any metric stagnates, or all that were ever seen; else None.

    Args:
        aims: what each metric is watched for.
        progress: of the metrics that were seen.
        any_is_enough: whether one metric that stagnates ends the training.
        unit: what patience counts, in the singular.
    """
    seen = [aim for aim in aims if aim.monitor in progress]
    stagnant = [aim for aim in seen if progress[aim.monitor].stagnant]
    if not stagnant or (len(stagnant) < len(seen) and not any_is_enough):
        return None
    told = "; ".join(_stagnation(aim, progress[aim.monitor], unit) for aim in stagnant)
    return f"{told}."


def _stagnation(aim: Aim, progress: Progress, unit: str) -> str:
    span = f"{progress.wait} {unit}{'' if progress.wait == 1 else 's'}"
    if progress.best is None or progress.epoch is None:
        return f"{aim.monitor} was not finite once in {span}"
    best = f"best: {progress.best:.6g} at {moment(progress.epoch, progress.step)}"
    if aim.baseline is not None and not aim.improves(progress.best, aim.baseline):
        return f"{aim.monitor} was not better than the baseline {aim.baseline:g} in {span} ({best})"
    return f"{aim.monitor} did not improve for {span} ({best})"
