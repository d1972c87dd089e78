"""The result prints as a table that a person can act on."""

import math

from keras_tips.records.dropout_scaling import DropoutCall, DropoutScaling, OutputMean, VarianceShift


def call(place="drop", verdict="healthy", message="scaled right", ratio=1.0, error=0.0):
    return DropoutCall(place, "Dropout", 0.5, ratio, error, 1.0, 1.0, 1.0, 0.5, "all 8 masks", verdict, message)


def test_ok_asks_for_ailments_only():
    for verdict in ("healthy", "switched_off", "frozen", "unclear", "not_judged"):
        assert DropoutScaling((call(verdict=verdict),)).ok
    for verdict in ("missing_scaling", "never_active", "same_mask"):
        found = DropoutScaling((call(), call("other", verdict)))
        assert not found.ok
        assert [entry.place for entry in found.ailing] == ["other"]
    shift = VarianceShift("norm", "drop", 2.0, 0.1, "variance_shift", "it learns 2 times the variance")
    assert DropoutScaling((call(),), (shift,)).ailing == (shift,)


def test_the_table():
    shift = VarianceShift("norm", "drop", 2.0, 0.1, "variance_shift", "it learns 2 times the variance")
    sick = call("inner/drop", "missing_scaling", "it forgets", 0.5, 0.01)
    missing = call("dead", "not_judged", "all that goes in is 0", math.nan, math.nan)
    found = DropoutScaling((call(), sick, missing), (shift,), (OutputMean("output", 0.25, 0.01, "64 draws"),), (("x", "why"),))
    lines = str(found).splitlines()
    assert lines[0] == "Dropout is not right in 2 of 4 places."
    assert [line.split()[:5] for line in lines[3:6]] == [
        ["drop", "Dropout", "0.5", "1", "all"],
        ["inner/drop", "Dropout", "0.5", "0.5", "±"],
        ["dead", "Dropout", "0.5", "-", "all"],
    ]
    assert "it forgets" in lines[4]
    assert "25.00%" in str(found)
    assert lines[-2:] == ["Not measured:", "  x: why"]


def test_headlines():
    assert str(DropoutScaling()) == "No active dropout was found."
    assert str(DropoutScaling((call(verdict="switched_off"),))).startswith("No active dropout was found.")
    assert str(DropoutScaling((call(),))).startswith("Dropout is scaled right wherever it could be measured.")


def test_plain_values():
    plain = DropoutScaling((call(),), not_measured=(("a", "b"),)).to_dict()
    assert plain["ok"] is True
    assert plain["layers"][0]["place"] == "drop"
    assert plain["not_measured"] == [["a", "b"]]
