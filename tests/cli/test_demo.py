"""The main job, made small: what it prints, what it leaves on disk, and what TensorBoard shows of it."""

import json

import pytest
from chromium import DEEP_TEXT
from tensorboard_server import tensorboard_of

from keras_tips import diagnose, load_run
from keras_tips.cli import demo as command
from keras_tips.cli.main import status_of
from keras_tips.search import load_leaderboard

pytestmark = [
    pytest.mark.slow,
    # 2026-11: Keras 3.15 saves TensorFlow variables in a way that NumPy 2 complains about.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]

SEARCH = """
version: 1
objective: {name: val_accuracy, goal: max}
search: {algorithm: random, trials: 2, epochs: 1, seed: 0}
space: {lr: {min: 1e-3, max: 1e-2, log: true}}
tips: [scale_inputs]
"""


@pytest.fixture(scope="module")
def small():
    """Makes the demo small: few epochs, few trials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "EPOCHS", 3)
        yield patch


@pytest.fixture(scope="module")
def folder(tmp_path_factory, small):
    """What a demo leaves on disk; `said` in it is what it printed."""
    folder, config = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("config") / "search.yaml"
    config.write_text(SEARCH)
    small.setattr(command, "CONFIG", config)
    with pytest.MonkeyPatch.context() as patch, open(folder / "said", "w") as said:
        patch.setattr("sys.stdout", said)
        assert status_of(["demo", "--out", str(folder)]) == 0
    return folder


def first_tip(folder):
    """What the diagnosis of the sick network says to try first."""
    return diagnose(load_run(folder / "sick")).findings[0].tips[0]


def test_it_tells_the_story_in_order(folder):
    said = (folder / "said").read_text()
    parts = [
        "Diagnosis of the sick network",
        "vanishing gradient",
        f"Applied, as the diagnosis says: {first_tip(folder)}",
        "A search over tips",
    ]
    places = [
        said.index(part) for part in [*parts, "sick       test accuracy", "searched   test accuracy", "Report:", "TensorBoard:"]
    ]
    assert places == sorted(places)
    *_, report, tensorboard = said.splitlines()
    assert str(folder / "report.html") in report
    assert tensorboard.endswith(f"keras-tips board {folder}")


def test_it_leaves_runs_search_and_report(folder):
    assert load_run(folder / "sick").status == "completed"
    assert len(load_run(folder / "treated").values("loss", "validation")) == 3
    assert len(load_leaderboard(folder / "search").trials) == 2
    results = json.loads((folder / "results.json").read_text())
    assert results["treated"]["applied"] == [first_tip(folder)]
    assert 0 <= results["sick"]["test accuracy"] < results["treated"]["test accuracy"] <= 1
    page = (folder / "report.html").read_text()
    assert f"{results['treated']['test accuracy'] * 100:.1f}" in page


def test_a_second_demo_on_top_gives_the_same_and_loses_nothing(folder):
    first, results = (folder / "sick" / "run.jsonl").read_text(), (folder / "results.json").read_text()
    assert status_of(["demo", "--out", str(folder)]) == 0
    assert (folder / "sick" / "run.1.jsonl").read_text() == first
    assert (folder / "results.json").read_text() == results


@pytest.mark.browser
def test_tensorboard_shows_scalars_text_and_hparams_of_it(folder, browser, tmp_path):
    shown = {
        "timeseries": ["epoch_accuracy", "sick/train", "treated/validation"],
        "text": ["tips/diagnosis", "vanishing gradient"],
        "hparams": ["Hyperparameters", "scale_inputs", "val_accuracy"],
    }
    with tensorboard_of(folder, tmp_path / "log.txt", awaited="sick") as address:
        for tab, parts in shown.items():
            browser.open(f"{address}#{tab}")
            for part in parts:
                browser.wait_for(f"{DEEP_TEXT}.includes({part!r})", seconds=60)
