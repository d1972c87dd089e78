import pytest

from keras_tips.records.cures import best_first, cure_rate, measured_cures

TABLE = {"overfitting": {"dropout": (8, 6), "l2": (2, 0), "ensemble": (1, 1)}}


@pytest.mark.parametrize("tip, rate", [("dropout", 7 / 10), ("l2", 1 / 4), ("ensemble", 2 / 3), ("never_tried", 1 / 2)])
def test_rule_of_succession(tip, rate):
    assert cure_rate("overfitting", tip, TABLE) == pytest.approx(rate)
    assert cure_rate("another", tip, TABLE) == 0.5


def test_best_first_and_equals_as_given():
    given = ("l2", "new", "other", "ensemble", "dropout")
    assert best_first("overfitting", given, TABLE) == ("dropout", "ensemble", "new", "other", "l2")
    assert best_first("another", given, TABLE) == given
    assert best_first("overfitting", (), TABLE) == ()


def test_more_cures_never_move_a_tip_back():
    for cures in range(8):
        fewer, more = ({"a": {"x": (8, cures + add), "y": (4, 2)}} for add in (0, 1))
        assert best_first("a", ("x", "y"), more).index("x") <= best_first("a", ("x", "y"), fewer).index("x")


def test_measured_table_is_one_of_tips_and_ailments():
    for tips in measured_cures().values():
        for tries, cures in tips.values():
            assert 0 <= cures <= tries
            assert tries > 0
