"""A TensorBoard for tests to look at."""

import contextlib
import os
import re
import subprocess
import sys
import time
from urllib.request import urlopen

START_SECONDS = 180
OPTIONS = ["--host", "127.0.0.1", "--port", "0", "--path_prefix", "/deep"]


@contextlib.contextmanager
def tensorboard_of(folder, log, *options, awaited):
    """Starts TensorBoard on `folder` behind a path prefix; gives its address once the run `awaited` is loaded."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), *OPTIONS, *options]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with open(log, "wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environment)
    try:
        yield waited_for(process, log, awaited)
    finally:
        process.terminate()
        process.wait(30)
    assert "Traceback" not in log.read_text()


def waited_for(process, log, awaited):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/deep/", log.read_text())
        if found and awaited in urlopen(f"{found[0]}data/plugin/keras_tips/runs").read().decode():
            return found[0]
        time.sleep(0.5)
    raise TimeoutError(f"TensorBoard did not start:\n{log.read_text()}")
