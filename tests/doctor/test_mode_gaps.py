import pytest
from doctor_runs import NAN, fact, layer, run, series

from keras_tips.doctor.mode_gaps import first_shift, mode_gaps


def net(layers, **seen):
    """Layers with (mode_shift, mode_gain)."""
    means = [series("mode_shift", f"model/{name}", [9.0, shift]) for name, (shift, _) in seen.items()]
    sizes = [series("mode_gain", f"model/{name}", [9.0, gain]) for name, (_, gain) in seen.items()]
    return run(fact("layers", layers), means, sizes)


CHAIN = [layer("a", inbound=["in"]), layer("b", inbound=["a"]), layer("c", inbound=["b"])]


def test_what_came_in_is_divided_out():
    first, second, third = mode_gaps(net(CHAIN, a=(0.0, 1.0), b=(0.1, 2.0), c=(0.5, 3.0)))
    assert (first.shift_before, first.gain_before, first.known) == (0.0, 1.0, True)
    assert (third.shift_before, third.own_gain) == (0.1, 1.5)
    assert second.own_gain == 2.0


def test_of_several_the_largest_shift_and_the_mean_gain():
    *_, joined = mode_gaps(net([*CHAIN[:2], layer("c", inbound=["a", "b"])], a=(0.3, 1.0), b=(0.1, 2.0), c=(0.0, 1.0)))
    assert (joined.shift_before, joined.gain_before) == (0.3, 1.5)


def test_what_was_not_measured_is_not_known():
    first, last = mode_gaps(net(CHAIN, a=(0.0, 1.0), c=(0.5, 3.0)))
    assert (first.known, last.known, last.gain_before) == (True, False, 1.0)
    assert not any(gap.known for gap in mode_gaps(net([layer("a"), layer("b")], a=(0.0, 1.0), b=(0.0, 1.0))))


def test_what_is_not_known_is_taken_for_the_smallest_before_it():
    odd = layer("odd", "Lambda", None, 0, inbound=["b"])
    *_, last = mode_gaps(net([*CHAIN[:2], odd, layer("c", inbound=["odd"])], a=(0.0, 0.8), b=(0.1, 0.9), c=(0.5, 1.6)))
    assert (last.known, last.gain_before, last.own_gain) == (False, 0.8, 2.0)


def test_a_layer_that_reshapes_hands_on_what_it_reads():
    flat = layer("flat", "Flatten", None, 0, inbound=["b"])
    *_, last = mode_gaps(net([*CHAIN[:2], flat, layer("c", inbound=["flat"])], a=(0.0, 1.0), b=(0.1, 2.0), c=(0.5, 3.0)))
    assert (last.known, last.shift_before, last.own_gain) == (True, 0.1, 1.5)


def test_idle_is_the_same_to_the_last_digits():
    _, second, third = mode_gaps(net(CHAIN, a=(0.0, 1.0), b=(0.1, 1.3), c=(0.1, 1.3)))
    assert (second.idle, third.idle) == (False, True)


@pytest.mark.parametrize("shift, sick", [(0.2, False), (0.3, True)])
def test_the_first_shift(shift, sick):
    found = first_shift(mode_gaps(net(CHAIN, a=(0.0, 1.0), b=(shift, 1.0), c=(0.0, 1.0))))
    assert (found is not None and found.layer["name"] == "b") is sick


def test_numbers_that_are_none():
    assert mode_gaps(net(CHAIN, a=(NAN, 1.0), b=(-1.0, 1.0), c=(0.1, -2.0))) == []
    assert mode_gaps(run()) == []
    assert mode_gaps(net(CHAIN, a=(0.0, 0.0), b=(0.0, 1.0)))[1].own_gain == float("inf")
