"""The result of a range test: frozen, readable, storable, drawable."""

import dataclasses
import json
import sys

import numpy as np
import pytest

from keras_tips.records import LearningRateTest


def a_test(**changes):
    rates = np.geomspace(1e-4, 1, 30)
    losses = 2 - np.exp(-((np.log(rates / 0.05)) ** 2)) + np.where(rates > 0.4, 3.0, 0.0)
    losses[-1] = np.nan
    fields = {
        "learning_rates": rates,
        "losses": losses,
        "smoothed": losses,
        "recommended": 0.025,
        "reason": "Half of 0.05.",
        "diverged_at": 0.4,
    }
    return LearningRateTest(**fields | changes)


def test_it_cannot_be_changed():
    test = a_test()
    with pytest.raises(dataclasses.FrozenInstanceError):
        test.recommended = 1.0
    with pytest.raises(ValueError, match="read-only"):
        test.losses[0] = 1.0


def test_it_says_what_it_found():
    assert str(a_test()) == "Learning rate 0.025. Half of 0.05."
    assert str(a_test(recommended=None)) == "No learning rate can be recommended. Half of 0.05."
    assert repr(a_test()) == "LearningRateTest(recommended=0.025, steps=30, diverged_at=0.4)"


def test_json_holds_everything():
    test = a_test()
    stored = json.loads(test.to_json())
    assert stored["recommended"] == 0.025
    assert stored["diverged_at"] == 0.4
    assert stored["losses"][-1] is None
    np.testing.assert_array_equal(stored["learning_rates"], test.learning_rates)


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="Invalid `losses`"):
        a_test(losses=np.ones(3))


@pytest.mark.parametrize("suffix, magic", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".PDF", b"%PDF")])
def test_the_picture_is_of_the_kind_that_the_name_says(tmp_path, suffix, magic):
    path = a_test().save(tmp_path / "folder" / f"picture{suffix}")
    assert path == tmp_path / "folder" / f"picture{suffix}"
    assert path.read_bytes().startswith(magic)


def test_the_picture_says_what_it_shows(tmp_path):
    text = a_test().save(tmp_path / "picture.svg").read_text()
    for words in ("learning rate", "loss of each step", "smoothed", "recommended: 0.025", "diverged"):
        assert words in text
    text = a_test(recommended=None, diverged_at=None).save(str(tmp_path / "none.svg")).read_text()
    assert "no recommendation" in text
    assert "diverged" not in text


def test_drawing_leaves_no_figure_open_and_no_settings_changed(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    pyplot = sys.modules.get("matplotlib.pyplot")
    a_test().save(tmp_path / "picture.png")
    assert dict(matplotlib.rcParams) == before
    assert sys.modules.get("matplotlib.pyplot") is pyplot
    assert pyplot is None or pyplot.get_fignums() == []


@pytest.mark.parametrize("path", ["picture.jpeg", "picture", 7])
def test_other_kinds_of_pictures_are_refused(path):
    with pytest.raises(ValueError, match="Invalid `path`"):
        a_test().save(path)


def test_a_test_without_losses_cannot_be_drawn(tmp_path):
    none = np.empty(0)
    with pytest.raises(ValueError, match=r"no finite loss to draw\. Half"):
        a_test(learning_rates=none, losses=none, smoothed=none).save(tmp_path / "picture.png")
