"""The triangle against a loop that walks up and down, and against PyTorch's."""

import numpy as np
import pytest
from schedule_checks import check_steps, check_stored, rates_of

from keras_tips.schedules import Triangular

pytestmark = pytest.mark.backend


def walk(minimum, maximum, half_cycle, decay, steps):
    """Up and down, one stride per step."""
    rates, height, direction, reach = [], 0, 1, maximum - minimum
    for _ in range(steps):
        rates.append(minimum + reach * height / half_cycle)
        height += direction
        if height == half_cycle:
            direction = -1
        elif height == 0:
            direction, reach = 1, reach * decay
    return rates


@pytest.mark.parametrize("half_cycle, decay", [(2, 1.0), (5, 0.5), (7, 0.9)])
def test_it_walks_up_and_down(half_cycle, decay):
    rates = rates_of(Triangular(0.1, 0.7, half_cycle, decay), range(60))
    np.testing.assert_allclose(rates, walk(0.1, 0.7, half_cycle, decay, 60), rtol=1e-5)


@pytest.mark.parametrize("mode, decay", [("triangular", 1.0), ("triangular2", 0.5)])
def test_it_agrees_with_pytorch(mode, decay):
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=0.1)
    theirs = torch.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.9, step_size_up=6, mode=mode, cycle_momentum=False)
    expected = []
    for _ in range(50):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()
    np.testing.assert_allclose(rates_of(Triangular(0.1, 0.9, 6, decay), range(50)), expected, rtol=1e-5)


def test_steps_are_counted_exactly_after_millions():
    late = 2 * 10 * 50_000_000  # float32 counts no single steps there
    assert rates_of(Triangular(0.0, 1.0, 10), range(late, late + 4)) == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_it_works_in_a_compiled_step_and_is_stored():
    schedule = Triangular(0.01, 0.1, 2, decay=0.5, name="mine")
    check_steps(schedule)
    check_stored(schedule)


@pytest.mark.parametrize(
    "arguments, name",
    [
        ((-0.1, 1.0, 2), "minimum"),
        ((0.1, 0.1, 2), "maximum"),
        ((0.1, float("inf"), 2), "maximum"),
        ((0.1, 1.0, 0), "half_cycle"),
        ((0.1, 1.0, 2.0), "half_cycle"),
        ((0.1, 1.0, 2, 0.0), "decay"),
    ],
)
def test_bad_arguments_are_named(arguments, name):
    with pytest.raises(ValueError, match=f"Invalid `{name}`"):
        Triangular(*arguments)
