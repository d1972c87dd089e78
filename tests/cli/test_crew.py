"""`keras-tips search --workers`: several processes, one search."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFIG = """
version: 1
objective: {name: val_accuracy, goal: max}
search: {algorithm: random, trials: 4, epochs: 6, seed: 0}
space: {lr: {min: 1e-3, max: 1e-2, log: true}, units: [16, 32]}
"""
MOST_SECONDS = 240


def command(*arguments):
    return [sys.executable, "-m", "keras_tips", *map(str, arguments)]


def members(folder):
    """Process number of each member of the crew that searches in `folder`, by its KERASTUNER_TUNER_ID."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        names = [entry.partition(b"=")[2].decode() for entry in environment if entry.startswith(b"KERASTUNER_TUNER_ID=")]
        if names and str(folder).encode() in words:
            found[names[0]] = int(process.name)
    return found


def wait_until(condition):
    end = time.monotonic() + MOST_SECONDS
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.2)


def rows(folder):
    told = subprocess.run(command("leaderboard", folder, "--format", "json"), capture_output=True, text=True, check=True)
    return json.loads(told.stdout)


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find processes")


@needs_proc
def test_a_worker_that_is_killed_is_replaced_and_nothing_changes(tmp_path):
    (tmp_path / "search.yaml").write_text(CONFIG)
    alone, together = tmp_path / "alone", tmp_path / "together"
    with subprocess.Popen(command("search", tmp_path / "search.yaml", "--out", together, "--workers", 2)) as launcher:
        wait_until(lambda: {"chief", "worker_1", "worker_2"} <= set(members(together)))
        wait_until(lambda: list((together / "curves").glob("*.json")))
        first = members(together)["worker_1"]
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: members(together).get("worker_1", first) != first or launcher.poll() is not None)
        assert launcher.wait(MOST_SECONDS) == 0
    assert members(together) == {}
    subprocess.run(command("search", tmp_path / "search.yaml", "--out", alone), capture_output=True, check=True)
    assert rows(together) == rows(alone)
    assert (together / "best.keras").exists()


@needs_proc
def test_nobody_outlives_a_launcher_that_is_killed(tmp_path):
    (tmp_path / "search.yaml").write_text(CONFIG.replace("epochs: 6", "epochs: 2000"))
    with subprocess.Popen(command("search", tmp_path / "search.yaml", "--out", tmp_path / "out", "--workers", 2)) as launcher:
        wait_until(lambda: len(members(tmp_path / "out")) == 3)
        wait_until(lambda: (tmp_path / "out" / "search.json").exists())
        os.kill(launcher.pid, signal.SIGKILL)
        launcher.wait()
    wait_until(lambda: not members(tmp_path / "out"))
    assert {row["status"] for row in rows(tmp_path / "out")} <= {"running", "completed"}


def test_what_the_chief_refuses_is_told_in_one_sentence(tmp_path):
    (tmp_path / "search.yaml").write_text(CONFIG)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "search.json").write_text("{")
    ended = subprocess.run(
        command("search", tmp_path / "search.yaml", "--out", tmp_path / "out", "--workers", 2), capture_output=True, text=True
    )
    assert ended.returncode == 2
    (said,) = [line for line in ended.stderr.splitlines() if line.startswith("keras-tips:")]
    assert "search.json" in said
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "out" / "search.json").read_text() == "{"


def test_workers_has_to_be_a_positive_number(tmp_path):
    (tmp_path / "search.yaml").write_text(CONFIG)
    ended = subprocess.run(
        command("search", tmp_path / "search.yaml", "--out", tmp_path / "out", "--workers", 0), capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert re.search("--workers", ended.stderr)
    assert not (tmp_path / "out").exists()
