import pytest

from keras_tips.doctor import pages
from keras_tips.records.cures import cure_rate, measured_cures
from keras_tips.tips import get, names, tips_for


def test_holds_the_tips_of_the_recipe():
    assert set(names()) >= {"early_stopping", "he_initialization", "maxout", "relu", "scale_inputs"}
    assert list(names()) == sorted(names())
    assert all(get(name).name == name for name in names())


@pytest.mark.parametrize(
    "name, hint", [("relo", "'relu'"), ("scale_input", "'scale_inputs'"), (None, "Known: "), (3, "Known: ")]
)
def test_tells_the_nearest_name(name, hint):
    with pytest.raises(ValueError, match=f"Invalid `name`.*{hint}"):
        get(name)


def test_tips_treat_ailments_that_the_doctor_knows_and_leave_none_out():
    treated = {ailment for name in names() for ailment in get(name).treats}
    assert set(pages.names()) <= treated


def test_tips_for_an_ailment_come_best_first():
    for ailment in {ailment for name in names() for ailment in get(name).treats}:
        found = tips_for(ailment)
        assert set(found) == {name for name in names() if ailment in get(name).treats}
        rates = [cure_rate(ailment, name) for name in found]
        assert rates == sorted(rates, reverse=True)
    assert tips_for("no_ailment") == ()


def test_measured_cures_are_of_tips_that_treat_the_ailment():
    for ailment, tips in measured_cures().items():
        assert all(ailment in get(name).treats for name in tips)
