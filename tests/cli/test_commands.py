"""The command line: what it prints, what it answers to bad input, and its exit status."""

import json
import os
import subprocess
import sys

import pytest

from keras_tips.cli.main import status_of
from keras_tips.cli.results import write_results
from keras_tips.records import Record, RunFile, load_run

EPOCHS = range(8)


def stored_run(path, gradient=1.0):
    """A deep network whose first layer gets next to no gradient when `gradient` is tiny."""
    names = ["first", "second", "last"]
    layers = [
        {
            "name": name,
            "kind": "Dense",
            "activation": "softmax" if name == "last" else "sigmoid",
            "units": 10,
            "parameters": 100,
            "trainable": True,
            "variables": [f"{name}/kernel"],
            "output": name == "last",
        }
        for name in names
    ]
    targets = {"name": "last", "rows": 99, "width": 1, "integer": True, "non_finite": 0, "minimum": 0, "maximum": 9}
    targets |= {"mean": 4.5, "deviation": 2.9, "one_hot": False, "zero_one": False, "rows_sum_to_one": False, "classes": 10}
    targets |= {"class_counts": {}, "repeats": 0.1}
    output = {"name": "last", "layer": "last", "activation": "softmax", "units": 10, "from_logits": False}
    paths = [f"{name}/kernel" for name in names]
    losses = [[2.303 if gradient < 1e-3 else 2.3 * 0.5**epoch] for epoch in EPOCHS]
    file = RunFile(path)
    file.append(
        Record("start", {"step": 0}),
        Record("fact", {"name": "layers", "value": layers}),
        Record("fact", {"name": "targets", "value": [targets]}),
        Record("fact", {"name": "outputs", "value": [{**output, "loss": "sparse_categorical_crossentropy"}]}),
        series("gradient_norm", paths, EPOCHS, [[gradient, 0.5, 1.0] for _ in EPOCHS]),
        series("weight_norm", paths, EPOCHS, [[1.0, 1.0, 1.0] for _ in EPOCHS]),
        series("loss", ["train"], EPOCHS, losses),
        Record("end", {"status": "completed", "reason": ""}),
    )
    file.close()
    return path


def series(quantity, places, steps, values):
    return Record("series", {"quantity": quantity, "places": places, "steps": list(steps), "values": values})


def answered(capsys, *arguments):
    """Runs a command in this process; returns its exit status and what it said on both streams."""
    status = status_of([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_diagnose_tells_cause_place_and_tip(tmp_path, capsys):
    status, out, err = answered(capsys, "diagnose", stored_run(tmp_path / "sick", gradient=1e-9))
    assert (status, err) == (0, "")
    assert "vanishing gradient" in out
    assert "first" in out
    assert "keras-tips explain batch_normalization" in out  # what cured it most often, as measured


def test_diagnose_healthy(tmp_path, capsys):
    status, out, _ = answered(capsys, "diagnose", stored_run(tmp_path / "well"))
    assert status == 0
    assert "Healthy" in out


def test_diagnose_as_json(tmp_path, capsys):
    _, out, _ = answered(capsys, "diagnose", stored_run(tmp_path / "sick", gradient=1e-9), "--format", "json")
    assert json.loads(out)["findings"][0]["rule"] == "vanishing_gradient"


def test_explain_lists_ailments_and_tips(capsys):
    status, out, _ = answered(capsys, "explain")
    assert status == 0
    for name in ("overfitting", "vanishing_gradient", "early_stopping", "scale_inputs"):
        assert name in out


def test_explain_says_in_the_list_what_each_is(capsys):
    _, out, _ = answered(capsys, "explain")
    lines = [line.split(maxsplit=1) for line in out.splitlines() if line.startswith("  ")]
    assert all(len(line) == 2 and len(line[1]) > 25 and line[1].endswith(".") for line in lines)


def test_without_a_command_the_help_is_printed(capsys):
    status, out, err = answered(capsys)
    assert (status, err) == (0, "")
    assert "Usage: keras-tips" in out


@pytest.mark.parametrize("name, words", [("overfitting", "References"), ("relu", "Treats")])
def test_explain_prints_the_page(capsys, name, words):
    status, out, _ = answered(capsys, "explain", name)
    assert status == 0
    assert words in out


def test_report_reads_all_runs_of_a_folder(tmp_path, capsys):
    for name, gradient in (("sick", 1e-9), ("treated", 1.0)):
        (tmp_path / name).mkdir()
        stored_run(tmp_path / name / "run.jsonl", gradient)
    (tmp_path / "sick" / "run.1.jsonl").write_text("a run that was replaced\n")
    write_results(
        tmp_path, {"sick": {"test accuracy": 0.1, "applied": []}, "treated": {"test accuracy": 0.9, "applied": ["relu"]}}
    )
    page = tmp_path / "page.html"
    status, out, _ = answered(capsys, "report", tmp_path, "--html", page)
    assert status == 0
    for text in (out, page.read_text()):
        assert "sick" in text
        assert "treated" in text
        assert "relu" in text
    assert str(page) in out


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["diagnose", "{tmp}/none"], "No run at"),
        (["diagnose", "{tmp}/letter"], "Invalid run"),
        (["diagnose", "{tmp}/sick", "--format", "xml"], "'xml'"),
        (["diagnose"], "Missing argument 'run'"),
        (["explain", "overfiting"], "Did you mean 'overfitting'"),
        (["report", "{tmp}/none"], "No folder at"),
        (["report", "{tmp}/empty"], "Expected a stored run or a search"),
        (["report", "{tmp}", "--html", "{tmp}/letter/page.html"], "letter"),
        (["leaderboard", "{tmp}/empty"], "empty"),
        (["search", "{tmp}/none.yaml", "--out", "{tmp}/out"], "none.yaml"),
        (["search", "{tmp}/letter", "--out", "{tmp}/out"], "letter"),
        (["board", "{tmp}/none"], "No folder at"),
        (["board", "{tmp}", "--port", "x"], "--port"),
        (["dance"], "dance"),
        (["demo", "--ot", "x"], "--ot"),
    ],
)
def test_bad_input_gets_one_sentence_and_status_2(tmp_path, capsys, arguments, words):
    stored_run(tmp_path / "sick")
    (tmp_path / "letter").write_text("Dear reader\n")
    (tmp_path / "empty").mkdir()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    status, out, err = answered(capsys, *[argument.format(tmp=tmp_path) for argument in arguments])
    assert status == 2
    assert words in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def run(*arguments, **options):
    command = [sys.executable, "-m", "keras_tips", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_exit_status_of_the_process(tmp_path):
    assert run("diagnose", stored_run(tmp_path / "well")).returncode == 0
    wrong = run("diagnose", tmp_path / "none")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("keras-tips: No run at")


def test_diagnose_imports_no_framework(tmp_path):
    path = stored_run(tmp_path / "sick", gradient=1e-9)
    code = (
        "import sys; from keras_tips.cli.main import status_of; status_of(['diagnose', sys.argv[1]]);"
        "sys.exit(len({'keras', 'tensorflow', 'jax', 'torch', 'keras_tuner', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=False).returncode == 0


def test_a_closed_pipe_is_no_error(tmp_path):
    ended = subprocess.run(
        f"{sys.executable} -m keras_tips explain overfitting | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    assert ended.stdout


def test_work_that_fails_ends_with_1(monkeypatch, capsys, tmp_path):
    def fail(path):
        raise RuntimeError("planned\nover two lines")

    monkeypatch.setattr("keras_tips.records.run_file.load_run", fail)
    status, _, err = answered(capsys, "diagnose", tmp_path)
    assert (status, err) == (1, "keras-tips: The work failed with RuntimeError: planned over two lines\n")


def test_interrupted_work_ends_with_1(monkeypatch, capsys, tmp_path):
    def stop(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_tips.records.run_file.load_run", stop)
    status, _, err = answered(capsys, "diagnose", tmp_path)
    assert status == 1
    assert err.startswith("keras-tips: Stopped.")


def test_torn_run_is_diagnosed_and_the_tear_is_said(tmp_path, capsys):
    path = stored_run(tmp_path / "torn", gradient=1e-9)
    path.write_text(path.read_text()[:-5])
    assert load_run(path).notes
    status, out, _ = answered(capsys, "diagnose", path)
    assert status == 0
    assert "vanishing gradient" in out
    assert "torn" in out


def test_board_starts_tensorboard_on_this_machine_only(tmp_path, monkeypatch, capsys):
    started = []
    monkeypatch.setattr(os, "execv", lambda program, command: started.append((program, command)))
    answered(capsys, "board", tmp_path, "--port", 0)
    program, command = started[0]
    assert program == sys.executable
    assert "tensorboard.main" in command
    assert str(tmp_path) in command
    assert "--bind_all" not in " ".join(command)
