"""Writing down what was measured."""

import numpy as np
import pytest

from keras_tips._base.discovery import discover
from keras_tips.callbacks.recorder import Recorder
from keras_tips.callbacks.schedule import Schedule
from keras_tips.probes import VariableStep
from keras_tips.records import load_run


def opened(folder):
    recorder = Recorder(folder)
    recorder.open(lambda: None)
    return recorder


def test_memory_and_disk_say_the_same(tmp_path):
    recorder = opened(tmp_path)
    recorder.add("start", step=0)
    recorder.series("gradient_norm", ["a", "b"], [0, 1], np.array([[0.1, np.nan], [1e-30, np.inf]], "float32"))
    recorder.epoch(1, {"loss": 0.5, "val_loss": 0.75, "accuracy": np.float32(0.25), "confusion": np.ones((2, 2))})
    stored = load_run(tmp_path)
    for run in (recorder.run, stored):
        assert run.places("loss") == ("train", "validation")
        assert run.values("loss", "validation").tolist() == [0.75]
        assert "confusion" not in run.quantities
        np.testing.assert_array_equal(np.float32(run.values("gradient_norm", "b")), np.float32([np.nan, np.inf]))
        np.testing.assert_array_equal(np.float32(run.values("gradient_norm", "a")), np.float32([0.1, 1e-30]))
    recorder.close()


def test_facts_are_written_when_they_change():
    recorder = Recorder()
    for value in (1, 1, 2, 2):
        recorder.fact("x", value)
    assert [record.body["value"] for record in recorder.run.records] == [1, 2]


def test_notes_are_written_once():
    recorder = Recorder()
    recorder.note("a")
    recorder.note("a")
    assert recorder.run.notes == ("a",)


def test_an_earlier_run_is_kept_beside(tmp_path):
    for value in (1.0, 2.0, 3.0):
        recorder = opened(tmp_path)
        recorder.epoch(0, {"loss": value})
        recorder.close()
    read = {path.name: load_run(path).values("loss", "train").tolist() for path in tmp_path.iterdir()}
    assert read == {"run.jsonl": [3.0], "run.1.jsonl": [1.0], "run.2.jsonl": [2.0]}


def test_a_run_that_is_being_written_is_not_moved(tmp_path):
    first = opened(tmp_path)
    with pytest.raises(BlockingIOError, match="Another writer"):
        opened(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.jsonl"]
    first.close()


def test_save_writes_the_whole_run_to_a_new_file(tmp_path):
    recorder = Recorder()
    recorder.epoch(0, {"loss": 1.0})
    for target in (tmp_path / "mine", tmp_path / "mine"):  # the second replaces the first
        assert load_run(recorder.save(target)).values("loss", "train").tolist() == [1.0]
    assert recorder.save(tmp_path).name == "run.jsonl"
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "run.jsonl"}


def test_save_does_not_write_over_other_files(tmp_path):
    (tmp_path / "letter").write_text("Dear reader")
    with pytest.raises(ValueError, match=r"Invalid `path`.*letter"):
        Recorder().save(tmp_path / "letter")
    assert (tmp_path / "letter").read_text() == "Dear reader"


def test_ten_thousand_steps_of_fifty_layers_stay_small(tmp_path):
    rng, schedule, recorder = np.random.default_rng(0), Schedule("auto"), Recorder(tmp_path)
    recorder.open(lambda: None)
    probes = discover("keras_tips.probes.quantities").values()
    per_variable = [probe.name for probe in probes if probe.measures is VariableStep]
    paths = [f"model/block_{layer // 5}/dense_{layer}/{kind}" for layer in range(50) for kind in ("kernel", "bias")]
    steps, step = [], schedule.first()
    while step < 10_000:
        steps.append(step)
        step = schedule.after(step)
    for epoch in range(100):
        due = [step for step in steps if step // 100 == epoch]
        for quantity in per_variable:
            recorder.series(quantity, paths, due, rng.lognormal(size=(len(due), len(paths))).astype("float32"))
        recorder.epoch(100 * epoch + 99, {"loss": rng.random(), "val_loss": rng.random()})
    recorder.close()
    assert len(load_run(tmp_path).series("gradient_norm", paths[0])[0]) == len(steps) > 30
    assert (tmp_path / "run.jsonl").stat().st_size < 5e6 / 2  # the outputs of layers need less than the other half
