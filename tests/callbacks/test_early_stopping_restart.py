"""The state of early stopping on disk: another process goes on as if nothing had happened, also after kill -9."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from stub_model import drive

from keras_tips.callbacks import EarlyStopping

SERIES = [{"val_loss": value} for value in (0.9, 0.7, 0.8, 0.6, 0.65, 0.7, 0.61, 0.59, 0.9, 0.8)]
ARGUMENTS = {"patience": 3, "restore_best_weights": True}
SHOWN = ("best", "best_epoch", "stopped_epoch", "reason", "wait")


def shown(stopper):
    return {name: getattr(stopper, name) for name in SHOWN}


@pytest.mark.parametrize("written", range(1, 8))
@pytest.mark.parametrize("behind", [0, 1])
def test_goes_on_where_it_was(tmp_path, written, behind):
    """Killed after so many epochs, and resumed from a checkpoint of that epoch, or of the one before."""
    whole = EarlyStopping(**ARGUMENTS)
    trained, model = drive(whole, SERIES)
    drive(EarlyStopping(**ARGUMENTS, state_dir=tmp_path), SERIES[:written], ends=False)
    first = max(written - behind, 0)
    resumed = EarlyStopping(**ARGUMENTS, state_dir=tmp_path)
    again, resumed_model = drive(resumed, SERIES[first:], first)
    assert shown(resumed) == shown(whole)
    assert first + again == trained or written == trained
    assert resumed_model.weights == model.weights


def test_one_that_was_killed_when_it_had_just_stopped(tmp_path):
    whole = EarlyStopping(**ARGUMENTS, state_dir=tmp_path)
    trained, _ = drive(whole, SERIES, ends=False)
    resumed = EarlyStopping(**ARGUMENTS, state_dir=tmp_path)
    again, model = drive(resumed, [{"val_loss": 0.0}] * 3, trained)
    assert again == 1, "Keras trains one batch before it looks whether to stop"
    assert shown(resumed) == shown(whole)
    assert model.weights == whole.best_epoch


def test_whoever_trains_on_after_a_stop_has_new_patience(tmp_path):
    trained, _ = drive(EarlyStopping(**ARGUMENTS, state_dir=tmp_path), SERIES)
    resumed = EarlyStopping(**ARGUMENTS, state_dir=tmp_path)
    again, model = drive(resumed, [{"val_loss": 0.65}] * 9, trained)
    assert again == 3
    assert model.weights == 3, "the best epoch of the training before"
    assert resumed.best == 0.6


def test_a_training_from_the_first_epoch_begins_anew(tmp_path):
    drive(EarlyStopping(**ARGUMENTS, state_dir=tmp_path), [{"val_loss": 0.1}] * 2, ends=False)
    stopper = EarlyStopping(**ARGUMENTS, state_dir=tmp_path)
    drive(stopper, SERIES[:2])
    assert stopper.best == 0.7


def test_keeps_the_weights_of_two_best_epochs_at_most(tmp_path):
    for epoch in range(1, len(SERIES)):
        drive(EarlyStopping(**ARGUMENTS, state_dir=tmp_path), SERIES[:epoch], ends=False)
        files = {path.name for path in tmp_path.iterdir()}
        assert "early_stopping.json" in files
        assert 1 <= len(files - {"early_stopping.json"}) <= 2
    assert files == {"early_stopping.json", "best_epoch_4.npz"}


def test_without_best_weights_no_file_of_weights(tmp_path):
    drive(EarlyStopping(patience=3, state_dir=tmp_path), SERIES)
    assert [path.name for path in tmp_path.iterdir()] == ["early_stopping.json"]


def test_weights_that_are_gone_are_told(tmp_path):
    drive(EarlyStopping(**ARGUMENTS, state_dir=tmp_path), SERIES[:3], ends=False)
    (tmp_path / "best_epoch_2.npz").unlink()
    resumed = EarlyStopping(**ARGUMENTS, state_dir=tmp_path)
    with pytest.warns(UserWarning, match="no longer holds the best weights, those of epoch 2"):
        _, model = drive(resumed, SERIES[3:5], 3)
    assert model.weights == 3


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", r"early_stopping\.json is damaged"),
        ('{"format": 1}', r"early_stopping\.json is damaged: 'epochs'"),
        ("[]", r"early_stopping\.json is damaged"),
        ('{"format": 2, "epochs": [], "monitors": [], "finished": false}', "has format 2"),
        ('{"format": 1, "epochs": [], "monitors": ["loss"], "finished": false}', r"watched \['loss'\], not \['val_loss'\]"),
    ],
)
def test_refuses_what_it_cannot_read(tmp_path, text, sentence):
    (tmp_path / "early_stopping.json").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        drive(EarlyStopping(state_dir=tmp_path), SERIES[4:], 4)
    assert drive(EarlyStopping(patience=9, state_dir=tmp_path), SERIES)[0] == len(SERIES), "a new training needs no state"


def test_a_person_can_read_the_state(tmp_path):
    drive(EarlyStopping(**ARGUMENTS, state_dir=tmp_path), SERIES)
    body = json.loads((tmp_path / "early_stopping.json").read_text())
    assert body["finished"]
    assert body["monitors"] == ["val_loss"]
    last = body["epochs"][-1]
    assert last["reason"] == "val_loss did not improve for 3 epochs (best: 0.6 at epoch 4)."
    assert last["progress"]["val_loss"] == {"best": 0.6, "epoch": 3, "step": None, "wait": 3, "stagnant": True}


TRAINING = """
import sys, time
import keras, numpy as np
from keras_tips.callbacks import EarlyStopping
folder, epochs, slow = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "slow"
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
model.compile(keras.optimizers.SGD(0.2, momentum=0.9), "mse")
class Slow(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if slow and epoch == 3:
            open(folder + "/ready", "w").close()
            time.sleep(600)
stopper = EarlyStopping(patience=4, restore_best_weights=True, state_dir=folder + "/stopping")
backup = keras.callbacks.BackupAndRestore(folder + "/backup", double_checkpoint=True)
y = x.sum(1, keepdims=True)
h = model.fit(x, y, shuffle=False, batch_size=8, validation_data=(x[:9], y[:9] + 0.5), epochs=epochs, verbose=0,
              callbacks=[stopper, backup, Slow()])
np.savez(folder + "/end.npz", *model.get_weights(), first=h.epoch[0])
print(stopper.best, stopper.best_epoch, stopper.stopped_epoch, stopper.reason)
"""


def training(folder, pace):
    return subprocess.Popen([sys.executable, "-c", TRAINING, str(folder), "60", pace], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_killed_with_9_and_resumed_from_a_backup(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    with training(whole, "quick") as process:
        expected, _ = process.communicate()
    assert process.returncode == 0
    end = time.monotonic() + 120
    with training(killed, "slow") as process:
        while not (killed / "ready").exists():  # between two epochs: Keras's backup does not outlive a kill while it writes
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not (killed / "end.npz").exists()
    with training(killed, "quick") as process:
        told, _ = process.communicate()
    assert process.returncode == 0
    one, other = (np.load(folder / "end.npz") for folder in (whole, killed))
    assert other["first"] == 4
    assert told == expected
    assert "did not improve for 4 epochs" in told
    np.testing.assert_array_equal(other["arr_0"], one["arr_0"])
