"""Which steps are recorded."""

import itertools

import pytest

from keras_tips.callbacks.schedule import Schedule


def steps(every, end):
    schedule, step = Schedule(every), Schedule(every).first()
    while step < end:
        yield step
        step = schedule.after(step)


def test_every_n():
    assert list(steps(1, 4)) == [0, 1, 2, 3]
    assert list(steps(5, 12)) == [0, 5, 10]


def test_auto_is_dense_at_first_and_then_logarithmic():
    recorded = list(steps("auto", 10_000))
    assert recorded[:9] == list(range(9))
    gaps = [later - earlier for earlier, later in itertools.pairwise(recorded)]
    assert gaps == sorted(gaps)
    assert 30 < len(recorded) < 50
    assert len(list(steps("auto", 1_000_000))) < 80


@pytest.mark.parametrize("every", [0, -3, True, 2.0, "Auto", None])
def test_refuses(every):
    with pytest.raises(ValueError, match="Invalid `every`"):
        Schedule(every)
