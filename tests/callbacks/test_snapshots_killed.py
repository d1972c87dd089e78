"""A training that is killed with kill -9 at random moments, again and again, comes to the end of all its epochs."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from keras_tips.callbacks import SnapshotCheckpoint

pytestmark = pytest.mark.slow

EPOCHS, STEPS = 8, 10
TRAINING = f"""
import sys
import keras, numpy as np
from keras_tips.callbacks import SnapshotCheckpoint
x = np.random.default_rng(0).normal(size=({STEPS}, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
model.compile("adam", "mean_squared_error", run_eagerly=True)
snapshots = SnapshotCheckpoint(sys.argv[1], monitor="loss", keep_best=2, save_freq=1)
model.fit(x, x[:, :1], batch_size=1, epochs={EPOCHS}, verbose=0, callbacks=[snapshots])
"""


def training(folder):
    return subprocess.Popen([sys.executable, "-c", TRAINING, str(folder)])


def files_of(folder):
    try:
        return {entry["file"] for entry in json.loads((folder / "index.json").read_text())["snapshots"]}
    except FileNotFoundError:
        return set()


def test_killed_with_9_again_and_again(tmp_path):
    moments, steps = random.Random(0), []
    for _ in range(2):
        with training(tmp_path) as process:
            before, end = files_of(tmp_path), time.monotonic() + 120
            while files_of(tmp_path) == before:
                assert process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.01)
            time.sleep(moments.uniform(0, 0.2))
            os.kill(process.pid, signal.SIGKILL)
        files = files_of(tmp_path)
        for file in files:
            assert keras.saving.load_model(tmp_path / file).count_params() == 49
        steps.append(max(int(file[-len("00000000.keras") : -len(".keras")]) for file in files))
    assert steps == sorted(set(steps))
    with training(tmp_path) as process:
        assert process.wait() == 0
    snapshots = SnapshotCheckpoint(tmp_path).snapshots
    assert (snapshots[-1].epoch, snapshots[-1].step) >= (EPOCHS, steps[-1])
    losses = [snapshot.metrics["loss"] for snapshot in snapshots if snapshot.metrics]
    assert np.isfinite(losses).all()
    assert not (tmp_path / ".writing").exists()
