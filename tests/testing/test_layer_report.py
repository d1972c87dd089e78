"""The report, as text and as an object that cannot be changed."""

import dataclasses

import pytest

from keras_tips.testing import LayerReport


def test_reads_as_text():
    report = LayerReport("Dense", passed=("config",), not_examined=(("mask", "needs three axes"), ("jit", "skipped")))
    assert str(report).splitlines() == [
        "Dense passed 1 check: config",
        "not examined: mask (needs three axes)",
        "not examined: jit (skipped)",
    ]
    assert str(LayerReport("Dense", ())) == "Dense passed 0 checks: none"


def test_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LayerReport("Dense", ()).passed = ("config",)
