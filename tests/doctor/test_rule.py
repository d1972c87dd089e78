import pytest

from keras_tips.doctor.catalogue import catalogue
from keras_tips.doctor.pages import names, page
from keras_tips.doctor.rule import rule

SECTIONS = ("What it finds:", "Why it hurts:", "Evidence:", "Threshold:", "Remedy:", "False alarms:", "References:")


def test_a_rule_is_named_as_its_function():
    @rule(stage="setup", explains=["b"])
    def a(run):
        """A page."""
        return ()

    assert (a.name, a.stage, a.explains, a.page, a.examine(None)) == ("a", "setup", ("b",), "A page.", ())


def test_a_rule_needs_a_page_and_a_known_stage():
    with pytest.raises(ValueError, match="docstring"):
        rule(stage="setup")(lambda run: ())
    with pytest.raises(ValueError, match="Did you mean 'training'"):
        rule(stage="trainin")


@pytest.mark.parametrize("name", names())
def test_every_page_has_all_sections(name):
    text = page(name)
    assert text.startswith(f"{name} (stage: {catalogue()[name].stage})")
    assert [section for section in (*SECTIONS, "Measured false alarms:") if section not in text] == []


def test_these_rules_exist():
    assert {"inputs_not_scaled", "loss_not_finite", "output_activation_mismatch", "overfitting", "vanishing_gradient"} <= set(
        names()
    )


def test_an_unknown_page_tells_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'vanishing_gradient'"):
        page("vanishing_gradients")
