import pytest

from keras_tips.tips import get, names


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
