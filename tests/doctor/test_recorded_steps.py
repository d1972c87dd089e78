import numpy as np
import pytest
from doctor_runs import NAN, run, series
from small_training import trained

from keras_tips.doctor.recorded_steps import recorded_steps


def one(quantity, values, place="a"):
    return series(quantity, place, values)


def test_is_over_all_variables_together():
    weights = [one("weight_norm", [3.0], "a"), one("weight_norm", [4.0], "b")]
    gradients = [one("gradient_norm", [6.0], "a"), one("gradient_norm", [8.0], "b")]
    moves = [one("update_ratio", [0.1], "a"), one("update_ratio", [0.1], "b")]
    steps = recorded_steps(run(weights, gradients, moves))
    assert (steps.weight, steps.gradient, steps.moved, steps.pull) == (5.0, 10.0, pytest.approx(0.1), 50.0)
    assert np.isnan([steps.loss, steps.promise]).all()


def test_a_variable_that_is_all_zeros_does_not_count():
    parts = [one("weight_norm", [5.0], "a"), one("weight_norm", [0.0], "b")]
    parts += [one("gradient_norm", [1.0], place) for place in "ab"]
    steps = recorded_steps(run(parts, one("update_ratio", [0.2], "a"), one("update_ratio", [NAN], "b")))
    assert steps.moved == pytest.approx(0.2)


def test_on_a_parabola_the_promise_does_not_depend_on_its_curvature():
    """loss = curvature / 2 * w**2: a step to the bottom promises twice the loss, one at the limit of stability four times."""
    for curvature in (1e-3, 1.0, 1e6):
        for rate, promise in ((1 / curvature, 2.0), (2 / curvature, 4.0)):
            loss, gradient = curvature / 2 * 0.7**2, curvature * 0.7
            parts = [one("weight_norm", [0.7]), one("gradient_norm", [gradient]), one("update_ratio", [rate * curvature])]
            parts += [one("batch_loss", [loss], "train"), one("predicted_loss_change", [-rate * gradient**2], "train")]
            assert recorded_steps(run(parts)).promise == pytest.approx(promise)


def test_small_steps_keep_their_promises():
    settings = {"rate": 1e-4, "batch": 256, "epochs": 40}
    steps = recorded_steps(trained(**settings))
    losses = trained(**settings).values("loss", "train")
    assert losses[0] - losses[-1] == pytest.approx(steps.promised, rel=0.05)
    assert steps.way < 0.01


def test_gaps_and_odd_series():
    assert recorded_steps(run()) is None
    assert recorded_steps(run(one("weight_norm", [1.0]))) is None
    short = run(one("weight_norm", [1.0, 2.0]), one("gradient_norm", [1.0, 1.0]), one("batch_loss", [2.0], "train"))
    steps = recorded_steps(short)
    assert steps.loss[0] == 2.0
    assert np.isnan([steps.loss[1], steps.way, steps.promised]).all()


def test_the_variable_that_went_furthest_in_its_own_length():
    large, small, born = (("large", 40.0, 0.0, 0.0), ("small", 1.0, 0.5, 0.2), ("bias", 0.0, 9.0, 9.0))
    parts = []
    for place, weight, gradient, moved in (large, small, born):
        parts += [one("weight_norm", [weight, weight + (place == "bias")], place)]
        parts += [one("gradient_norm", [gradient] * 2, place), one("update_ratio", [moved] * 2, place)]
    steps = recorded_steps(run(parts))
    assert steps.way < 0.3, "all together hardly moved"
    assert steps.furthest == pytest.approx(0.2), "and the bias, which began as zeros, had no length"
    assert steps.own_pull[0] == pytest.approx(0.5)
    assert steps.pull[0] > 300
