"""How far one metric has come."""

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(frozen=True)
class Progress:
    """What is known of one metric after the checks so far.

    Args:
        best: its best value that was finite; None before there was one.
        epoch: the epoch of that value, counted from 0.
        step: the steps that this epoch had taken then; None for its end.
        wait: checks since the last improvement.
        stagnant: whether the last check brought no improvement, and patience is at its end.

    >>> Progress(best=0.5, epoch=3).wait
    0
    """

    best: float | None = None
    epoch: int | None = None
    step: int | None = None
    wait: int = 0
    stagnant: bool = False
