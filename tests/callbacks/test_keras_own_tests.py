"""Keras's own tests that call `fit` pass with monitors attached to every `fit`.

Some of them here, on the active backend; `make keras-tests` runs all of those of callbacks, trainers and optimizers.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

pytestmark = pytest.mark.backend

KERAS = Path(keras.__file__).parent / "src"
FILES = ["callbacks/backup_and_restore_test.py", "callbacks/model_checkpoint_test.py", "callbacks/terminate_on_nan_test.py"]
OF_TRAINERS = "custom_train_step or fit_flow or steps_per_execution_steps_per_epoch_match or on_batch or raggeds"


def keras_tests(*arguments):
    """Runs tests of Keras in a process of its own; returns the finished process."""
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    options = ["-p", "attached_monitors", "-p", "no:randomly", "-p", "no:cacheprovider", "-c", os.devnull, "-q", "--rootdir"]
    command = [sys.executable, "-m", "pytest", *options, str(KERAS), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [FILES, ["trainers/trainer_test.py", "-k", OF_TRAINERS]], ids=["callbacks", "trainers"])
def test_they_pass(arguments):
    done = keras_tests(*[str(KERAS / each) if each.endswith(".py") else each for each in arguments])
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


def test_the_monitors_are_attached(tmp_path):
    test = tmp_path / "some_test.py"
    test.write_text(
        "import keras, numpy as np\n"
        "def test_it():\n"
        "    model = keras.Sequential([keras.layers.Dense(1)])\n"
        "    model.compile('sgd', 'mse')\n"
        "    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)\n"
        "    assert hasattr(model.train_function, '_keras_tips_meter')\n"
    )
    done = keras_tests(str(test))
    assert done.returncode == 0, done.stdout[-3000:]
