"""Which snapshots are kept, against the obvious way of finding them; and the index on disk."""

import json
import math
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tips.callbacks.snapshot import Snapshot, stamp
from keras_tips.callbacks.snapshot_index import choose, read_index, write_index

LOSSES = st.lists(st.sampled_from([math.nan, math.inf, -1.0, 0.0, 1.0, 2.0, None]), max_size=8)


def made(values, name="val_loss", folder=Path()):
    """One snapshot per value: None stands for one without this metric."""
    return [
        Snapshot(folder / f"epoch_{step}_step_{step}.keras", step, step, {} if value is None else {name: value})
        for step, value in enumerate(values)
    ]


def obvious(values, count, mode):
    """Takes the best one out, again and again."""
    left = {step: value for step, value in enumerate(values) if value is not None and not math.isnan(value)}
    found = []
    while left and len(found) < count:
        step = min(left, key=lambda each: (left[each] if mode == "min" else -left[each], each))
        found.append(step)
        del left[step]
    return found


@given(LOSSES, st.one_of(st.none(), st.integers(1, 4)), st.integers(0, 4), st.sampled_from(["min", "max"]), st.randoms())
def test_last_and_best_are_the_obvious_ones(values, keep_last, keep_best, mode, random):
    snapshots = made(values)
    shuffled = random.sample(snapshots, len(snapshots))
    index = choose(shuffled, keep_last, keep_best, "val_loss", mode)
    best = obvious(values, keep_best, mode)
    last = list(range(len(values)))[::-1][:keep_last]
    assert [each.step for each in index.best] == best
    assert [each.step for each in index.last] == last
    assert [each.step for each in index.snapshots] == sorted({*last, *best})


def test_while_the_direction_is_unknown_all_that_could_be_best_stay():
    index = choose(made([1.0, math.nan, None, 2.0, 3.0]), 1, 1, "val_loss", None)
    assert [each.step for each in index.snapshots] == [0, 3, 4]
    assert index.best == ()


def test_ranked_by_training_only_where_nothing_was_validated():
    trained = made([2.0, 1.0, 3.0], "loss")
    assert [each.step for each in choose(trained, 1, 1, "val_loss", "min").best] == [1]
    mixed = [*trained, Snapshot(Path("x"), 4, 4, {"loss": 9.0, "val_loss": 9.0})]
    index = choose(mixed, 1, 1, "val_loss", "min")
    assert ([each.step for each in index.best], index.monitor) == ([4], "val_loss")
    assert choose(trained, 1, 1, "val_accuracy", "max").best == ()


def stored(folder, values):
    snapshots = made(values, folder=folder)
    for snapshot in snapshots:
        with zipfile.ZipFile(snapshot.path, "w") as archive:
            archive.writestr("model", b"weights")
        stamp(snapshot.path, snapshot)
    index = choose(snapshots, 2, 1, "val_loss", "min")
    write_index(folder, index)
    return index


def test_the_index_is_read_as_it_was_written_and_made_anew_where_it_is_missing(tmp_path):
    index = stored(tmp_path, [1.0, 3.0, 2.0])
    read = read_index(tmp_path)
    assert read == index
    (tmp_path / "index.json").unlink()
    assert read_index(tmp_path).snapshots == index.snapshots
    (tmp_path / "epoch_2_step_2.keras").unlink()  # by hand, to go back
    assert [each.step for each in read_index(tmp_path).snapshots] == [0, 1]
    (tmp_path / "epoch_9_step_9.keras").symlink_to(tmp_path / "gone")  # listed, and deleted before it could be read
    assert [each.step for each in read_index(tmp_path).snapshots] == [0, 1]
    assert read_index(tmp_path / "nowhere").snapshots == ()


def changed(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_damaged_or_later_index_is_refused(tmp_path):
    stored(tmp_path, [1.0])
    path = tmp_path / "index.json"
    whole = path.read_text()
    for text in ("", "{", "[]", "7", "null", '{"a": 1}', whole.replace('"last"', '"lost"'), whole.replace('"file"', '"fail"')):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"Expected the JSON that SnapshotCheckpoint wrote\..*Delete this file alone"):
            read_index(tmp_path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="Expected the JSON that SnapshotCheckpoint wrote"):
        read_index(tmp_path)
    path.write_text(whole)
    changed(path, keras_tips_snapshots=2)
    with pytest.raises(ValueError, match=r"Expected format 1. Received: 2\. Update keras-tips"):
        read_index(tmp_path)
    changed(path, keras_tips_snapshots=1, best=[3])
    with pytest.raises(ValueError, match="Expected the JSON"):
        read_index(tmp_path)
