import pytest

from keras_tips.callbacks.set_on import set_on


class Owner:
    @property
    def watched(self):
        return "the class's"


def test_puts_back_what_was_there():
    owner = Owner()
    owner.name = 1
    with set_on(owner, "name", 2):
        assert owner.name == 2
    assert vars(owner) == {"name": 1}


def test_leaves_nothing_where_nothing_was_also_after_an_exception():
    owner = Owner()
    with pytest.raises(ValueError, match="planned"), set_on(owner, "name", 2):
        raise ValueError("planned")
    assert vars(owner) == {}
