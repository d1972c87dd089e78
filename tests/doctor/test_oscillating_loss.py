import numpy as np
import pytest
from doctor_runs import NAN, contract, fit, found, losses, one_hot_target, run, series
from small_training import trained

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.oscillating_loss import oscillating_loss as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
ZIGZAG = np.array([1.0, -1.0] * 10)


def curve(values, *more):
    return run(CLASSES, losses(values), *more)


def test_sick():
    (finding,) = rule.examine(curve(1.5 + 0.2 * ZIGZAG))
    assert (finding.severity, finding.stage, finding.tips[0]) == ("warning", "training", "lower_learning_rate")
    assert finding.evidence["ups"] == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("seed", [2, 3])
def test_a_network_whose_steps_are_too_long(seed):
    assert found(rule, trained(rate=10.0, epochs=24, rows=512, seed=seed)) == [("warning", ())]


@pytest.mark.parametrize(
    "settings", [{}, {"spread": 4.0}, {"shuffled_labels": True}, {"rate": 3.0}, {"batch": 1, "rate": 0.03}]
)
def test_healthy_networks(settings):
    assert found(rule, trained(**{"epochs": 20, **settings})) == []


NOISE = np.random.default_rng(0).normal(0, 1, 20)
HEALTHY = {
    "falling": np.linspace(2.3, 1.0, 20),
    "falling in steps": np.linspace(2.3, 1.0, 20) + 0.05 * ZIGZAG,
    "swings at the start": np.r_[1.5 + 0.5 * ZIGZAG[:8], np.full(12, 1.5)],
    "swings that die out": 1.5 + 0.5 * ZIGZAG * np.r_[np.ones(15), np.full(5, 0.3)],
    "small noise around a low loss": 0.3 + 0.1 * NOISE,
    "falling in large steps, with a rise now and then": 7.4 + np.cumsum(np.tile([-0.6, 0.0, -0.6, 0.0, -0.6, 0.05], 4)),
    "a sawtooth, as restarts make it": 1.2 + np.tile([1.0, 0.8, 0.6, 0.4, 0.2, 0.0], 4),
    "a single spike": np.r_[np.full(15, 1.2), 4.0, np.full(4, 1.2)],
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, curve(HEALTHY[name])) == []


@pytest.mark.parametrize("swing, sick", [(0.05, False), (0.10, True)])
def test_begins_at_a_tenth_of_the_loss(swing, sick):
    assert bool(found(rule, curve(1.5 + swing * ZIGZAG))) is sick


@pytest.mark.parametrize("level, sick", [(0.5, False), (0.7, True)])
def test_a_very_good_result_may_swing(level, sick):
    assert bool(found(rule, curve(level * (1 + 0.2 * ZIGZAG)))) is sick


@pytest.mark.parametrize("rows, sick", [(50, False), (500, True)])
def test_few_rows_scatter_by_themselves(rows, sick):
    assert bool(found(rule, curve(1.5 + 0.15 * ZIGZAG, fit(steps=rows // 10, batch_size=10)))) is sick


def test_restarts_of_a_schedule_are_healthy():
    saw = 1.5 + 0.3 * np.tile([1.0, 0.0, -1.0, 0.0], 5)
    falls = series("learning_rate", "train", np.linspace(0.1, 0.01, 20))
    assert found(rule, curve(saw, falls)) == [("warning", ())]
    assert found(rule, curve(saw, series("learning_rate", "train", np.tile([0.1, 0.08, 0.05, 0.02], 5)))) == []


def test_a_warmup_at_the_start_is_no_restart():
    rates = series("learning_rate", "train", np.r_[0.01, 0.05, 0.1, np.full(17, 0.1)])
    assert found(rule, curve(1.5 + 0.2 * ZIGZAG, rates)) == [("warning", ())]


def test_wider_is_surer():
    sure = [rule.examine(curve(1.5 + swing * ZIGZAG))[0].confidence for swing in (0.1, 0.15, 0.25)]
    assert sure == sorted(set(sure))


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(curve([2.3] * 7)), Missing)
    assert isinstance(rule.examine(run(losses(1.5 + 0.5 * ZIGZAG))), Missing), "two networks against each other, perhaps"
    assert found(rule, curve(np.r_[1.5 + 0.2 * ZIGZAG, NAN])) == [("warning", ())]
