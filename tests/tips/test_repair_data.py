import pytest
from sick_experiments import SICK

from keras_tips.tips import get


def test_says_what_to_do_by_hand():
    with pytest.raises(ValueError, match=r"Invalid use of the tip repair_data. It is work by hand"):
        get("repair_data").apply(SICK)


def test_page_shows_the_lines():
    page = get("repair_data").explain()
    assert "isfinite" in page
    assert "nothing, it asks for a person" in page
