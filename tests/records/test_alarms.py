import json

import pytest

from keras_tips.doctor import names
from keras_tips.records import alarms
from keras_tips.records.alarms import Alarms, measured_alarms


def test_the_measured_table_is_one_of_ailments():
    measured = json.loads(alarms.FILE.read_text(encoding="utf-8"))["measured"]
    assert set(measured) == {"jax", "tensorflow", "torch"}
    for part in measured.values():
        assert part["alarms"].keys() <= set(names())
        assert all(0 <= remarks + warnings <= part["runs"] for remarks, warnings in part["alarms"].values())


def test_backends_add_up(tmp_path, monkeypatch):
    parts = {"jax": {"runs": 3, "alarms": {"plateau": [1, 0]}}, "torch": {"runs": 4, "alarms": {"plateau": [0, 2]}}}
    file = tmp_path / "alarms.json"
    file.write_text(json.dumps({"format": 1, "measured": parts}), encoding="utf-8")
    monkeypatch.setattr(alarms, "FILE", file)
    measured_alarms.cache_clear()
    try:
        assert measured_alarms("plateau") == Alarms(7, 1, 2, ("jax", "torch"))
        assert measured_alarms("overfitting") == Alarms(7, 0, 0, ("jax", "torch"))
    finally:
        measured_alarms.cache_clear()


@pytest.mark.parametrize("warnings, words", [(0, "warned in none"), (2, "warned in 2")])
def test_the_sentence(warnings, words):
    assert words in str(Alarms(9, 0, warnings, ("jax",)))
