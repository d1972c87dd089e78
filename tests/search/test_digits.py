import numpy as np
import pytest

from keras_tips.search.digits import digits


def test_parts_are_the_real_digits_without_overlap():
    parts = digits()
    rows = [parts.x_train, parts.x_validation, parts.x_test]
    assert [len(part) for part in rows] == [1150, 288, 359]
    assert (parts.x_train.min(), parts.x_train.max()) == (0, 16)
    assert parts.x_train.shape[1:] == (64,)
    seen = [{row.tobytes() for row in part} for part in rows]
    assert len(set().union(*seen)) == sum(map(len, seen))
    for labels in (parts.y_train, parts.y_validation, parts.y_test):
        assert np.bincount(labels) / len(labels) == pytest.approx(np.full(10, 0.1), abs=0.01)


def test_the_seed_decides():
    assert np.array_equal(digits(3).x_test, digits(3).x_test)
    assert not np.array_equal(digits(3).x_test, digits(4).x_test)


@pytest.mark.parametrize("seed", [-1, 1.5, None, "0", True])
def test_refuses_other_seeds(seed):
    with pytest.raises(ValueError, match="Invalid `seed`"):
        digits(seed)
