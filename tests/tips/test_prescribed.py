"""Lines of code beside findings."""

import pytest

from keras_tips.doctor.catalogue import catalogue
from keras_tips.records import Diagnosis, Finding
from keras_tips.tips import get, names
from keras_tips.tips.prescribed import prescribed


def test_the_first_tip_counts_and_the_rest_stays():
    finding = Finding("overfitting", "warning", "generalization", "m", tips=("dropout", "early_stopping"), why="w")
    (found,) = prescribed(Diagnosis((finding,), "generalization", (("a", "b"),))).findings
    assert (found.code, found.why, found.tips) == (get("dropout").code, "w", finding.tips)
    assert "Dropout" in found.code


def test_tips_that_nobody_knows_and_findings_without():
    strange = Finding("x", "info", "setup", "m", tips=("prayer",))
    bare = Finding("x", "info", "setup", "m")
    assert prescribed(Diagnosis((strange, bare))).findings == (strange, bare)


@pytest.mark.parametrize("name", names())
def test_every_tip_has_a_line_of_code(name):
    compile(get(name).code.replace("*layers", "layers").replace("\nwith ", "\n"), name, "exec")


@pytest.mark.parametrize("name", catalogue())
def test_every_rule_says_why_and_what_is_healthy(name):
    rule = catalogue()[name]
    for section in ("Why it hurts", "False alarms"):
        assert rule.first_sentence(section).endswith((".", "!", "?"))
    assert rule.first_sentence("Nothing of the kind") == ""
