"""A training that is killed with kill -9 leaves a run that can be read, and a folder that can be used again."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np

from keras_tips import diagnose, load_run

TRAINING = """
import sys
import keras, numpy as np
from keras_tips import Doctor
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid", name="last")])
model.compile("sgd", "mean_squared_error")
epochs = int(sys.argv[2])
model.fit(x, 100 * x[:, :1], epochs=epochs, verbose=0, callbacks=[Doctor(every=1, log_dir=sys.argv[1])])
"""


def training(folder, epochs):
    return subprocess.Popen([sys.executable, "-c", TRAINING, str(folder), str(epochs)])


def epochs_of(folder):
    return len(load_run(folder).values("loss", "train"))


def test_killed_with_9(tmp_path):
    with training(tmp_path, 10**6) as process:
        end = time.monotonic() + 120
        while not (tmp_path / "run.jsonl").exists() or epochs_of(tmp_path) < 5:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    killed = load_run(tmp_path)
    assert killed.status == "running"
    steps, values = killed.series("gradient_norm", "sequential/last/kernel")
    assert steps.tolist() == list(range(len(values)))
    assert len(values) >= 2 * epochs_of(tmp_path)
    assert diagnose(killed).findings[0].rule == "output_activation_mismatch"
    with training(tmp_path, 2) as process:  # a second run on top
        assert process.wait() == 0
    assert epochs_of(tmp_path) == 2
    assert epochs_of(tmp_path / "run.1.jsonl") == len(killed.values("loss", "train"))


# ---------------------------------------------------------------------------------- killed, and resumed from a backup

RESUMED = """
import sys, time
import keras, numpy as np
from keras_tips import Doctor
from keras_tips.callbacks import SnapshotCheckpoint
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,), name="in"), keras.layers.Dense(1, name="last")], name="model")
model.compile("adam", "mse")
slow = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: time.sleep(0.02))
snapshots = SnapshotCheckpoint(sys.argv[1] + "/snapshots", monitor="loss")
callbacks = [Doctor(every=1, log_dir=sys.argv[1] + "/run"), slow, snapshots]
model.fit(x, x[:, :1], batch_size=8, epochs=int(sys.argv[2]), shuffle=False, verbose=0, callbacks=callbacks)
"""
KILLS = int(os.environ.get("KILLS", "2"))  # 20 were tried
EPOCHS, STEPS = 12 + 4 * KILLS, 8


def steps_of(folder):
    return load_run(folder / "run").values("gradient_norm", "model/last/kernel") if (folder / "run/run.jsonl").exists() else []


def resumed(folder, epochs=EPOCHS):
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", RESUMED, str(folder), str(epochs)])


def test_killed_and_resumed_is_one_run(tmp_path):
    chance = random.Random(1)
    for _ in range(KILLS):
        with resumed(tmp_path / "killed") as process:
            wanted, end = len(steps_of(tmp_path / "killed")) + chance.randint(9, 30), time.monotonic() + 120
            while len(steps_of(tmp_path / "killed")) < wanted and process.poll() is None:
                assert time.monotonic() < end
                time.sleep(chance.random() * 0.05)
            process.kill()
            process.wait()
        run = load_run(tmp_path / "killed" / "run")
        steps = run.series("gradient_norm", "model/last/kernel")[0]
        assert run.status in ("running", "completed")
        assert steps.tolist() == list(range(len(steps)))
    for folder in ("killed", "whole"):
        with resumed(tmp_path / folder) as process:
            assert process.wait() == 0
    killed, whole = (load_run(tmp_path / folder / "run") for folder in ("killed", "whole"))
    assert killed.status == "completed"
    assert not (tmp_path / "killed" / "run" / "run.1.jsonl").exists()
    for quantity, place in (("gradient_norm", "model/last/kernel"), ("batch_loss", "train"), ("loss", "train")):
        steps, values = whole.series(quantity, place)
        assert len(steps) == (EPOCHS if quantity == "loss" else EPOCHS * STEPS)
        assert killed.series(quantity, place)[0].tolist() == steps.tolist()
        np.testing.assert_allclose(killed.series(quantity, place)[1], values, rtol=1e-6)
