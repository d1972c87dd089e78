import json

import numpy as np
import pytest

from keras_tips.search.trial_recorder import TrialRecorder


class Model:
    """What the recorder asks of a Keras model."""

    def __init__(self):
        self.weight = 0.0

    def get_weights(self):
        return [np.array(self.weight)]

    def set_weights(self, weights):
        self.weight = float(weights[0])


def recorded(tmp_path, goal, values):
    recorder = TrialRecorder(tmp_path / "curve.json", "score", goal)
    recorder.set_model(Model())
    recorder.on_train_begin()
    for epoch, value in enumerate(values):
        recorder.model.weight = float(epoch)
        recorder.on_epoch_end(epoch, {"score": value})
    recorder.restore()
    return recorder


@pytest.mark.parametrize(
    "goal, values, best, epoch",
    [
        ("max", [1, 3, 2], 3, 1),
        ("min", [2, 1, 1], 1, 1),
        ("max", [float("nan"), 1, float("inf")], 1, 1),
        ("min", [5, float("nan")], 5, 0),
    ],
)
def test_keeps_the_weights_of_the_best_finite_epoch(tmp_path, goal, values, best, epoch):
    recorder = recorded(tmp_path, goal, values)
    assert (recorder.best, recorder.model.weight) == (best, epoch)


def test_without_a_finite_epoch_there_is_no_best(tmp_path):
    recorder = recorded(tmp_path, "max", [float("nan")])
    assert (recorder.best, recorder.model.weight) == (None, 0.0)


def test_the_curve_is_plain_json_and_begins_anew(tmp_path):
    recorded(tmp_path, "max", [1, 2, 3])
    recorded(tmp_path, "max", [0.5, float("nan")])
    assert json.loads((tmp_path / "curve.json").read_text()) == {"epochs": [{"score": 0.5}, {"score": None}]}
    assert "NaN" not in (tmp_path / "curve.json").read_text()
