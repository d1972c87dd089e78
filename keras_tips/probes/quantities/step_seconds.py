"""How long a step takes."""

from keras_tips.probes.probe import Interval, interval_probe

__all__ = ["step_seconds"]


@interval_probe(unit="seconds", needs=("seconds", "steps"), cost="a look at the clock")
def step_seconds(interval: Interval) -> float:
    """Wall-clock time of one step, averaged over the steps since the last look: a recorded step, or the epoch's begin.

    Everything between two steps counts: the data, Keras, other callbacks; validation does not. The first numbers hold the
    time in which Keras compiles. A device that works while Python goes on is seen with a delay of a few steps.
    """
    return interval.seconds / interval.steps
