"""What is read from the losses of a range test, on made-up curves whose answer is known."""

import numpy as np
import pytest

from keras_tips.callbacks.judge_rates import judge_rates, smoothed

RATES = np.geomspace(1e-6, 10, 200)


def curve(noise=0.0, lowest=0.1, seed=0, depth=1.0):
    """2 at low rates, a valley at `lowest`, and a wall behind it."""
    apart = np.log(RATES / lowest)
    losses = 2 - depth * np.exp(-0.5 * (apart / 1.5) ** 2) + np.maximum(apart - 1.5, 0) ** 3
    return losses + noise * np.random.default_rng(seed).normal(size=len(RATES))


def test_half_of_the_lowest_place_is_recommended():
    test = judge_rates(RATES, curve())
    assert test.recommended == pytest.approx(0.05, rel=0.1)
    assert 0.4 < test.diverged_at < 1.5
    assert str(test).startswith("Learning rate 0.0")


@pytest.mark.parametrize("seed", range(20))
def test_noise_moves_it_little(seed):
    test = judge_rates(RATES, curve(noise=0.2, seed=seed))
    assert 0.02 < test.recommended < 0.12
    raw = RATES[np.argmin(curve(noise=0.2, seed=seed))]
    assert abs(np.log(test.recommended / 0.05)) <= abs(np.log(raw / 0.05)) + 0.7


def test_of_noise_alone_nothing_is_recommended():
    rng = np.random.default_rng(0)
    kinds = [rng.normal, lambda size: rng.standard_t(3, size=size), lambda size: rng.exponential(size=size)]
    found = [judge_rates(RATES, 5 + kind(size=200)).recommended for kind in kinds for _ in range(100)]
    assert sum(each is not None for each in found) <= 1


def test_divergence_alone_is_no_recommendation():
    losses = 5 + np.random.default_rng(0).normal(size=200) + np.exp(np.maximum(np.arange(200) - 150, 0) / 8)
    test = judge_rates(RATES, losses)
    assert test.recommended is None
    assert RATES[150] < test.diverged_at < RATES[190]
    assert "did not clearly fall" in test.reason


def test_a_loss_that_still_falls_at_the_end_asks_for_more():
    cut = 140
    losses = curve(lowest=1.0)[:cut]
    test = judge_rates(RATES[:cut], losses)
    assert test.recommended is None
    assert test.diverged_at is None
    assert "Raise `maximum`" in test.reason


def test_a_lowest_place_is_believed_once_ten_times_as_much_was_tried():
    losses = np.minimum(curve(lowest=0.01), 1.4)  # rises a little and stays there
    losses[:100] = curve(lowest=0.01)[:100]
    test = judge_rates(RATES, losses)
    assert test.diverged_at is None
    assert test.recommended == pytest.approx(0.005, rel=0.3)
    assert "no rate up to 10 did better" in test.reason
    assert judge_rates(RATES[:130], losses[:130]).recommended is None  # only five times as much


def test_a_wall_of_infinite_height_does_not_move_the_valley():
    losses = curve(lowest=0.1)
    wall = int(np.searchsorted(RATES, 0.5))
    losses[wall] = np.nan
    test = judge_rates(RATES[: wall + 1], losses[: wall + 1])
    assert test.recommended == pytest.approx(0.05, rel=0.15)
    assert test.diverged_at == RATES[wall]
    high = curve(lowest=0.1)
    high[wall:] = 1e30
    assert judge_rates(RATES, high).recommended == pytest.approx(0.05, rel=0.15)


def test_losses_below_zero_are_as_good_as_others():
    assert judge_rates(RATES, curve(0.1) - 7).recommended == pytest.approx(judge_rates(RATES, curve(0.1)).recommended)
    assert judge_rates(RATES, 1e-6 * curve(0.1)).recommended == pytest.approx(judge_rates(RATES, curve(0.1)).recommended)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_loss_that_is_not_finite_at_once_is_told(count):
    losses = np.append(np.full(count, 2.0), np.nan)[: max(count, 0) + 1] if count else np.empty(0)
    test = judge_rates(RATES[: len(losses)], losses)
    assert test.recommended is None
    assert "not finite" in test.reason


def test_smoothing_is_a_weighted_mean():
    rng = np.random.default_rng(1)
    values = rng.normal(size=30)
    slow = []
    for place in range(30):
        weights = [np.exp(-((other - place) ** 2) / (2 * 4.0**2)) for other in range(30)]
        slow.append(sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights))
    np.testing.assert_allclose(smoothed(values, 4.0), slow)
