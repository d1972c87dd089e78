"""Findings and diagnoses: what they refuse, how they read, and that JSON keeps them."""

from dataclasses import replace

import pytest

from keras_tips.records import Diagnosis, Finding

ROOT = Finding(
    "inputs_not_scaled",
    "critical",
    "setup",
    "Inputs reach 255.",
    evidence={"maximum": 255},
    tips=("scale_inputs",),
    confidence=0.9,
)
SYMPTOM = Finding(
    "vanishing_gradient",
    "warning",
    "training",
    "It vanishes.",
    ("dense_1", "dense_2"),
    {"ratio": float("nan")},
    ("relu", "maxout"),
)
SICK = Diagnosis(
    (ROOT, SYMPTOM), "setup", (("overfitting", "needs validation data"),), {"inputs_not_scaled": ("vanishing_gradient",)}
)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"severity": "criticl"}, "severity='criticl'.*critical"),
        ({"stage": "end"}, "stage='end'"),
        ({"confidence": 1.2}, r"confidence=1\.2"),
        ({"confidence": float("nan")}, "confidence=nan"),
    ],
)
def test_finding_refuses(change, words):
    with pytest.raises(ValueError, match=words):
        Finding(**{"rule": "r", "severity": "info", "stage": "setup", "message": "m", **change})


def test_healthy_means_nothing_serious():
    assert not SICK.healthy
    assert Diagnosis().healthy
    assert Diagnosis((Finding("x", "info", "setup", "m"),)).healthy


def test_json_keeps_everything():
    read = Diagnosis.from_json(SICK.to_json())
    assert repr(read) == repr(SICK)  # repr, because the evidence holds a NaN


def test_text_says_why_and_what_speaks_against_it_of_the_root_only():
    more = {"why": "It <hurts>.", "doubt": "Pixels may.", "code": "scale(x)\nfit(x)"}
    sick = Diagnosis((replace(ROOT, **more), replace(SYMPTOM, **more)), "setup", (), SICK.consequences)
    assert str(sick).count("why:       It <hurts>.") == str(sick).count("but:       Pixels may.") == 1
    assert "              scale(x)\n              fit(x)" in str(sick)
    page = sick._repr_html_()
    assert "It &lt;hurts&gt;." in page
    assert "<code>fit(x)</code>" in page
    assert "critical" in page
    assert Diagnosis.from_json(sick.to_json()).findings[0].code == "scale(x)\nfit(x)"


def test_text_names_root_cause_evidence_place_and_tip_first():
    text = str(SICK)
    lines = text.splitlines()
    assert "Root cause: inputs_not_scaled" in lines[0]
    assert text.index("inputs_not_scaled (critical") < text.index("vanishing_gradient (warning, follows from inputs_not_scaled")
    assert "Inputs reach 255." in text
    assert "dense_1, dense_2" in text
    assert "keras-tips explain scale_inputs" in text
    assert "needs validation data" in text


def test_text_of_a_healthy_run_says_so():
    assert str(Diagnosis()).startswith("Healthy")


def test_long_lists_of_layers_are_cut():
    finding = Finding("x", "warning", "training", "m", tuple(f"layer_{number}" for number in range(9)))
    assert "and 3 more" in str(Diagnosis((finding,), "training"))
