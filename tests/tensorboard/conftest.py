"""One TensorBoard and one browser for all tests of what it shows: its start takes half a minute where TensorFlow is."""

import warnings

import pytest
from report.sample_report import sample_leaderboard, sample_report
from tensorboard_server import tensorboard_of

from keras_tips.report import write_experiment, write_run, write_trial

# 2026-11: TensorBoard brings its own old html5lib, which says so once, when it is first imported.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "html5lib's sanitizer is deprecated", DeprecationWarning)
    import tensorboard.plugin_util

PARAMETERS = {"lr": None, "units": [32, 64], "norm": [True, False], "pieces": [2, 4]}


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
    log = tmp_path_factory.mktemp("tensorboard") / "log.txt"
    with tensorboard_of(logs, log, "--load_fast", request.param, awaited="treated") as address:
        yield address
