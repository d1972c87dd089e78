"""One TensorBoard and one browser for all tests of what it shows: its start takes half a minute where TensorFlow is."""

import os
import re
import subprocess
import sys
import time
import warnings
from urllib.request import urlopen

import pytest
from report.chromium import Chromium, find_chromium
from report.sample_report import sample_leaderboard, sample_report

from keras_tips.report import write_experiment, write_run, write_trial

# 2026-11: TensorBoard brings its own old html5lib, which says so once, when it is first imported.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "html5lib's sanitizer is deprecated", DeprecationWarning)
    import tensorboard.plugin_util

PARAMETERS = {"lr": None, "units": [32, 64], "norm": [True, False], "pieces": [2, 4]}
START_SECONDS = 180


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    if find_chromium() is None:
        pytest.skip("no Chromium is installed")
    chromium = Chromium(tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    """Two runs and a search, as this package writes them."""
    folder = tmp_path_factory.mktemp("logs")
    for reported in sample_report().runs:
        write_run(folder / reported.name, reported.run, reported.diagnosis)
    write_experiment(folder / "search", PARAMETERS, ["val_accuracy"])
    for trial in sample_leaderboard().trials:
        metrics = {} if trial.score is None else {"val_accuracy": trial.score}
        write_trial(folder / "search" / trial.trial, trial, metrics, PARAMETERS)
    return folder


@pytest.fixture(scope="session", params=["true", "false"], ids=["fast-loader", "slow-loader"])
def tensorboard(request, logs, browser, tmp_path_factory):
    """The address of a running TensorBoard behind a path prefix, once with each of its two loaders."""
    report = tmp_path_factory.mktemp("tensorboard") / "log.txt"
    options = [
        "--logdir",
        str(logs),
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--load_fast",
        request.param,
        "--path_prefix",
        "/deep",
    ]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with open(report, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", *options], stdout=log, stderr=subprocess.STDOUT, env=environment
        )
    try:
        yield waited_for(process, report)
    finally:
        process.terminate()
        process.wait(30)
    assert "Traceback" not in report.read_text()


def waited_for(process, report):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:\d+/deep/", report.read_text())
        if found and b"treated" in urlopen(f"{found[0]}data/plugin/keras_tips/runs").read():
            return found[0]
        time.sleep(0.5)
    raise TimeoutError(f"TensorBoard did not start:\n{report.read_text()}")
