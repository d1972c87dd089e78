"""A run on disk: appended to, torn, locked, damaged."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tips.records import Record, RunFile, load_run
from keras_tips.records.run_file import FORMAT, is_run_file


def point(step, value=1.0):
    return Record("series", {"quantity": "loss", "places": ["train"], "steps": [step], "values": [[value]]})


def written(path, *records):
    file = RunFile(path)
    file.append(*records)
    file.close()
    return path


def test_reads_what_was_written(tmp_path):
    run = load_run(written(tmp_path / "a", Record("start", {"step": 0}), point(0, np.nan), point(1, -np.inf)))
    assert run.status == "running"
    np.testing.assert_array_equal(run.values("loss", "train"), [np.nan, -np.inf])


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)
    )
)
def test_any_plain_value_comes_back(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("run") / "a"
    read = load_run(written(path, Record("fact", {"name": "x", "value": value}))).fact("x")
    assert repr(read) == repr(value)  # repr, because NaN is not equal to itself


def test_goes_on_where_it_ended(tmp_path):
    written(tmp_path / "a", point(0))
    assert load_run(written(tmp_path / "a", point(1))).series("loss", "train")[0].tolist() == [0, 1]


def test_a_folder_means_the_run_in_it(tmp_path):
    written(tmp_path / "run.jsonl", point(3))
    assert load_run(tmp_path).series("loss", "train")[0].tolist() == [3]


def torn(path):
    text = written(path, point(0), point(1)).read_text()
    path.write_text(text[:-9])
    return path


def test_a_torn_last_line_is_left_out_and_said(tmp_path):
    run = load_run(torn(tmp_path / "a"))
    assert run.series("loss", "train")[0].tolist() == [0]
    assert "torn" in run.notes[0]


def test_writing_goes_on_behind_a_torn_line(tmp_path):
    run = load_run(written(torn(tmp_path / "a"), point(2)))
    assert run.series("loss", "train")[0].tolist() == [0, 2]
    assert "torn" in run.notes[0]


KILLED = """
import sys, itertools
from keras_tips.records import Record, RunFile
file = RunFile(sys.argv[1])
for step in itertools.count():
    file.append(Record("series", {"quantity": "loss", "places": ["train"], "steps": [step], "values": [[0.5]]}))
    if step == 50:
        print("going", flush=True)
"""


def test_readable_after_kill_9_and_the_lock_is_gone(tmp_path):
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "a")], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "going\n"
        with pytest.raises(BlockingIOError, match="Another writer"):
            RunFile(tmp_path / "a")
        assert len(load_run(tmp_path / "a").values("loss", "train")) > 50  # a reader is not kept out
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    steps = load_run(written(tmp_path / "a", point(10**9))).series("loss", "train")[0]
    assert steps[:-1].tolist() == list(range(len(steps) - 1))


def test_two_writers_in_one_process_are_refused_too(tmp_path):
    first = RunFile(tmp_path / "a")
    with pytest.raises(BlockingIOError, match="Another writer"):
        RunFile(tmp_path / "a")
    first.close()
    RunFile(tmp_path / "a").close()


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "first line"),
        ("hello\n", "first line"),
        ('{"keras_tips_run": 99}\n', "format 1 to"),
        ('{"keras_tips_run": "1"}\n', "format 1 to"),
        ('{"keras_tips_run": 1}\nnonsense\n{"kind":"note","text":"x"}\n', "line 2"),
        ('{"keras_tips_run": 1}\n{"kind":"dance"}\n', "line 2"),
        ('{"keras_tips_run": 1}\n[1]\n', "line 2"),
        ('{"keras_tips_run": 1}\n{"kind":"fact","name":"x"}\n', "line 2"),
        ('{"keras_tips_run": 1}\n{"kind":"series","quantity":"q","places":["a"],"steps":[0,1],"values":[[1]]}\n', "line 2"),
        ('{"keras_tips_run": 1}\n{"kind":"series","quantity":"q","places":["a"],"steps":[0],"values":[[1,2]]}\n', "line 2"),
        ('{"keras_tips_run": 1}\n{"kind":"series","quantity":"q","places":["a"],"steps":[0],"values":[["x"]]}\n', "line 2"),
        ('{"keras_tips_run": 1}\n{"kind":"series","quantity":"q","places":["a"],"steps":["x"],"values":[[1]]}\n', "line 2"),
    ],
)
def test_damage_is_named(tmp_path, text, words):
    (tmp_path / "a").write_text(text)
    with pytest.raises(ValueError, match=words) as caught:
        load_run(tmp_path / "a")
    assert str(tmp_path / "a") in str(caught.value)


def test_bytes_that_are_no_text_are_named(tmp_path):
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="no text"):
        load_run(tmp_path / "a")
    assert not is_run_file(tmp_path / "a")


def test_a_missing_run_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Doctor\.save"):
        load_run(tmp_path / "none")


def test_another_file_is_not_written_to(tmp_path):
    (tmp_path / "letter").write_text("Dear reader\n")
    with pytest.raises(ValueError, match="first line"):
        RunFile(tmp_path / "letter")
    assert (tmp_path / "letter").read_text() == "Dear reader\n"


def test_a_closed_file_takes_nothing(tmp_path):
    file = RunFile(tmp_path / "a")
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.append(point(0))


def test_format_1_stays_readable(tmp_path):
    """What version 0.1 wrote, to the letter: later versions have to read it."""
    lines = [
        '{"keras_tips_run":1}',
        '{"kind":"start","step":0}',
        '{"kind":"fact","name":"fit","value":{"epochs":2}}',
        '{"kind":"series","quantity":"gradient_norm","places":["d/kernel"],"steps":[0,1],"values":[[0.25],[{"__float__":"nan"}]]}',
        '{"kind":"end","status":"completed","reason":""}',
    ]
    (tmp_path / "a").write_text("\n".join(lines) + "\n")
    run = load_run(tmp_path / "a")
    np.testing.assert_array_equal(run.values("gradient_norm", "d/kernel"), [0.25, np.nan])
    assert (run.status, run.fact("fit")) == ("completed", {"epochs": 2})
    assert json.loads(lines[0])["keras_tips_run"] <= FORMAT
