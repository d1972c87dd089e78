"""A training that is killed with kill -9 leaves a run that can be read, and a folder that can be used again."""

import os
import signal
import subprocess
import sys
import time

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
