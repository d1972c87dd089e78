"""The order of trials."""

import json
import math

import pytest

from keras_tips.records import Leaderboard, Trial

TRIALS = (
    Trial("0", "completed", 0.5, {"lr": 0.1}, 3),
    Trial("1", "running"),
    Trial("2", "completed", 0.9, {"lr": 0.2}, 3),
    Trial("3", "failed", math.nan, reason="The loss was NaN."),
)


@pytest.mark.parametrize("goal, order", [("max", ["2", "0", "1", "3"]), ("min", ["0", "2", "1", "3"])])
def test_best_comes_first_and_scoreless_last(goal, order):
    board = Leaderboard(TRIALS, "val_accuracy", goal)
    assert [trial.trial for trial in board.trials] == order
    assert board.best.trial == order[0]


def test_best_was_completed():
    assert Leaderboard((Trial("0", "running", 0.9),)).best is None


def test_json_is_a_list_best_first():
    rows = json.loads(Leaderboard(TRIALS).to_json())
    assert [row["trial"] for row in rows] == ["2", "0", "1", "3"]
    assert rows[0] == {"trial": "2", "status": "completed", "score": 0.9, "values": {"lr": 0.2}, "epochs": 3, "reason": ""}
    assert rows[3]["score"] is None


def test_refuses_unknown_words():
    with pytest.raises(ValueError, match="goal='maximum'"):
        Leaderboard(goal="maximum")
    with pytest.raises(ValueError, match="status='done'"):
        Trial("0", "done")
