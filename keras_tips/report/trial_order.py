"""Trials in the order in which they began."""

import re

from keras_tips.records.leaderboard import Leaderboard, Trial

__all__ = ["trial_order"]


def trial_order(leaderboard: Leaderboard) -> list[Trial]:
    """Returns the trials by their names, numbers in names counted as numbers: 2 comes before 10.

    >>> [trial.trial for trial in trial_order(Leaderboard((Trial("10", "running"), Trial("2", "running"))))]
    ['2', '10']
    """

    def parts(trial: Trial) -> list[tuple[int, int, str]]:
        pieces = re.split(r"([0-9]+)", trial.trial)
        return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces if piece]

    return sorted(leaderboard.trials, key=parts)
