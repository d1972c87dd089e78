"""A folder of snapshots is whole after a kill before any single change on the disk, without any framework."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from keras_tips.callbacks.snapshot import Snapshot, read_snapshot
from keras_tips.callbacks.snapshot_folder import SnapshotFolder
from keras_tips.callbacks.snapshot_index import choose, read_index

# Writes 4 snapshots, of which the last 2 and the best are kept, and is killed before its change number argv[2] on the disk.
WRITING = """
import os, signal, sys, zipfile
from pathlib import Path
from keras_tips.callbacks.snapshot import Snapshot
from keras_tips.callbacks.snapshot_folder import SnapshotFolder
from keras_tips.callbacks.snapshot_index import choose

def save(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model", b"weights" * 1000)

def write(folder):
    folder.open()
    for step in range(1, 5):
        one = Snapshot(Path(f"epoch_0001_step_{step}.keras"), 1, step, {"loss": [9, 1, 5, 6][step - 1]})
        folder.keep(choose(folder.write(one, save), 2, 1, "loss", "min"))
    folder.close()

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "open", "shutil.rmtree"}
left = 0
def watch(event, arguments):
    global left
    if event in CHANGES and left:
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

root = Path(sys.argv[1])
write(SnapshotFolder(root / "warm"))  # imports whatever is needed
sys.addaudithook(watch)
number = 0
while True:
    number += 1
    child = os.fork()
    if not child:
        left = number
        write(SnapshotFolder(root / str(number)))
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
print(number)
"""


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model", b"weights")


def written(folder, step, loss=1.0):
    name = f"epoch_0001_step_{step}.keras"
    folder.keep(choose(folder.write(Snapshot(folder.path / name, 1, step, {"loss": loss}), zipped), None, 1, "loss", "min"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the operating system cannot fork")
def test_killed_before_any_change_on_the_disk(tmp_path):
    ended = subprocess.run([sys.executable, "-c", WRITING, str(tmp_path)], capture_output=True, text=True, check=True)
    kills = int(ended.stdout) - 1
    assert kills >= 40  # 4 snapshots take more than 10 changes each
    reached = set()
    for number in range(1, kills + 1):
        path = tmp_path / str(number)
        if not path.exists():
            continue
        if (path / "index.json").exists():
            for entry in json.loads((path / "index.json").read_text())["snapshots"]:
                with zipfile.ZipFile(path / entry["file"]) as archive:
                    assert archive.testzip() is None
        folder = SnapshotFolder(path)  # the lock went with the process
        folder.open()
        hidden = {entry.name for entry in path.iterdir() if entry.name.startswith(".")}
        assert hidden == {".lock"}
        snapshots = folder.index.snapshots
        written(folder, 5)
        folder.close()
        reached.add(snapshots[-1].step if snapshots else 0)
        assert len(list(path.glob("*.keras"))) == len(snapshots) + 1
    assert reached == {0, 1, 2, 3, 4}


def test_two_do_not_write_at_once(tmp_path):
    first, second = SnapshotFolder(tmp_path), SnapshotFolder(tmp_path)
    first.open()
    with pytest.raises(BlockingIOError, match="Another training is writing to"):
        second.open()
    first.close()
    first.close()
    second.open()
    second.close()


def test_a_failed_write_leaves_nothing(tmp_path):
    folder = SnapshotFolder(tmp_path)
    folder.open()
    written(folder, 1)

    def half(path):
        path.write_bytes(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        folder.write(Snapshot(tmp_path / "epoch_0001_step_2.keras", 1, 2), half)
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "index.json", "epoch_0001_step_1.keras"}
    folder.close()


def test_other_files_are_left_alone(tmp_path):
    others = {"mine.keras": b"no zip", "epoch_1.keras": b"no zip", "notes.txt": b"notes"}
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    folder = SnapshotFolder(tmp_path)
    folder.open()
    for step in range(1, 4):
        written(folder, step)
    folder.keep(choose(folder.index.snapshots, 1, 0, "loss", "min"))
    folder.close()
    assert {name: (tmp_path / name).read_bytes() for name in others} == others
    assert [snapshot.step for snapshot in read_index(tmp_path).snapshots] == [3]


def test_a_damaged_index_or_snapshot_is_refused_and_nothing_touched(tmp_path):
    folder = SnapshotFolder(tmp_path)
    folder.open()
    written(folder, 1)
    folder.close()
    (tmp_path / ".writing").mkdir()
    for name in ("index.json", "epoch_0001_step_1.keras"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-9])
        before = sorted(path.name for path in tmp_path.iterdir())
        with pytest.raises(ValueError, match=rf"Invalid (index|snapshot) .*{name}"):
            folder.open()
        assert sorted(path.name for path in tmp_path.iterdir()) == before
        (tmp_path / name).write_bytes(whole)
    folder.open()
    assert [snapshot.step for snapshot in folder.index.snapshots] == [1]
    folder.close()


def test_a_snapshot_says_of_which_moment_it_is(tmp_path):
    metrics = {"loss": 0.25, "val_loss": float("nan"), "odd": float("-inf")}
    folder = SnapshotFolder(tmp_path)
    folder.open()
    (one,) = folder.write(Snapshot(tmp_path / "epoch_0003_step_9.keras", 3, 9, metrics, "now", {"seeds": [[1, 2]]}), zipped)
    folder.close()
    read = read_snapshot(one.path)
    assert (read.epoch, read.step, read.time, read.state) == (3, 9, "now", {"seeds": [[1, 2]]})
    assert str(read.metrics) == str(metrics)
    with pytest.raises(ValueError, match=r"fit into 65535 bytes.*Received: 0 metrics and 9000 seed generators"):
        folder.write(Snapshot(one.path, 1, 1, {}, "", {"seeds": [[1, 2, 3]] * 9000}), zipped)
    with zipfile.ZipFile(one.path, "a") as archive:
        archive.comment = archive.comment.replace(b'"keras_tips_snapshot":1', b'"keras_tips_snapshot":9')
    with pytest.raises(ValueError, match=r"Expected format 1. Received: 9\. Update keras-tips"):
        read_snapshot(one.path)
