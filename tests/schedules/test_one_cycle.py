"""One cycle against its formula with plain cosines, and against PyTorch's."""

import math

import numpy as np
import pytest
from schedule_checks import check_steps, check_stored, rates_of

from keras_tips.schedules import OneCycle

pytestmark = pytest.mark.backend


def cosine(first, last, share):
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2


@pytest.mark.parametrize("steps, rise", [(10, 0.3), (57, 0.25), (100, 0.9)])
def test_it_is_two_halves_of_cosines(steps, rise):
    top = rise * steps - 1
    expected = [
        cosine(0.5 / 10, 0.5, step / top) if step <= top else cosine(0.5, 0.5 / 100, (step - top) / (steps - 1 - top))
        for step in range(steps)
    ]
    np.testing.assert_allclose(rates_of(OneCycle(0.5, steps, rise, 10, 100), range(steps)), expected, rtol=1e-5)


@pytest.mark.parametrize("steps, rise", [(40, 0.3), (77, 0.45)])
def test_it_agrees_with_pytorch(steps, rise):
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=0.1)
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2.0, total_steps=steps, pct_start=rise, cycle_momentum=False)
    expected = []
    for step in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            theirs.step()
    np.testing.assert_allclose(rates_of(OneCycle(2.0, steps, rise), range(steps)), expected, rtol=1e-4)


def test_it_stays_at_its_end():
    assert rates_of(OneCycle(1.0, 20, end_divisor=1e6), [19, 20, 1000]) == pytest.approx([1e-6] * 3, rel=1e-4)


def test_it_works_in_a_compiled_step_and_is_stored():
    schedule = OneCycle(0.1, steps=6, rise=0.5, start_divisor=2.0, end_divisor=5.0, name="mine")
    check_steps(schedule)
    check_stored(schedule)


@pytest.mark.parametrize(
    "arguments, name",
    [
        ((0.0, 10), "maximum"),
        ((1.0, 2), "steps"),
        ((1.0, 10, 1.0), "rise"),
        ((1.0, 10, 0.1), "rise"),
        ((1.0, 10, float("nan")), "rise"),
        ((1.0, 10, 0.3, 0.5), "start_divisor"),
        ((1.0, 10, 0.3, 25.0, 0.0), "end_divisor"),
    ],
)
def test_bad_arguments_are_named(arguments, name):
    with pytest.raises(ValueError, match=f"Invalid `{name}`"):
        OneCycle(*arguments)
