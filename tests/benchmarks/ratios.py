"""Ratios of CPU time, taken in turns: what a candidate costs over a reference, on a machine that others use too."""

import gc
import statistics
import time

import keras

__all__ = ["cpu_ratios", "finished", "quartiles"]


def finished(outputs):
    """Waits until `outputs` are there: JAX hands them out before they are."""
    if keras.backend.backend() == "jax":
        import jax

        jax.block_until_ready(outputs)
    return outputs


def cpu_ratios(reference, candidate, calls=1, rounds=15):
    """Returns candidate's CPU time over reference's, one ratio a round; all threads count.

    Each round calls both, `calls` times each, and every other round begins with the other one: what the machine does
    besides hits both alike. Both run once before, so that compiling does not count.
    """
    for function in (reference, candidate):
        finished(function())
    ratios = []
    for number in range(rounds):
        pair = (reference, candidate) if number % 2 == 0 else (candidate, reference)
        seconds = {function: _cpu_seconds(function, calls) for function in pair}
        ratios.append(seconds[candidate] / seconds[reference])
    return ratios


def _cpu_seconds(function, calls):
    gc.collect()
    start = time.process_time()
    for _ in range(calls):
        finished(function())
    return time.process_time() - start


def quartiles(ratios):
    """Returns lower quartile, median and upper quartile as text."""
    return " ".join(f"{ratio:.3f}" for ratio in statistics.quantiles(ratios, n=4))
