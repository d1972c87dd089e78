import pytest
from doctor_runs import INF, NAN, contract, found, losses, one_hot_target, run, series
from small_training import trained

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.learning_rate_too_high import learning_rate_too_high as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


@pytest.mark.parametrize("rate, severity", [(10, "warning"), (30, "critical"), (100, "critical"), (1000, "critical")])
def test_a_network_that_leaps_over_the_valley(rate, severity):
    (finding,) = rule.examine(trained(rate=rate))
    assert (finding.severity, finding.stage, finding.tips[0]) == (severity, "training", "lower_learning_rate")
    assert finding.evidence["promise"] > 4
    assert f"{finding.evidence['promise']:.2g} times the whole loss" in finding.message


@pytest.mark.parametrize("end, severity", [(2.2, "critical"), (1.5, "warning"), (0.3, None)])
def test_a_rate_that_was_raised_until_nothing_was_left(end, severity):
    rates = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 1.0]
    raised = run(
        CLASSES, list(steps().records), losses([2.2, 1.0, 0.1, 0.2, 1.0, end]), series("learning_rate", "train", rates)
    )
    assert found(rule, raised) == ([(severity, ())] if severity else [])


@pytest.mark.parametrize("rate", [3, 10])
def test_momentum_lengthens_the_steps(rate):
    assert found(rule, trained(rate=rate, momentum=0.9)) != []


HEALTHY = {
    "usual": {},
    "ten times as high, and learning": {"rate": 3.0},
    "low": {"rate": 0.001},
    "momentum": {"rate": 0.1, "momentum": 0.9},
    "batches of one": {"batch": 1, "epochs": 4, "rate": 0.03},
    "noisy classes": {"spread": 4.0},
    "labels without meaning": {"shuffled_labels": True},
    "stuck in a network whose signal shrinks": {"widths": (16,) * 6, "gain": 0.3},
    "gradients that were extreme before the first step": {"widths": (16,) * 6, "gain": 4.0, "rate": 0.01},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_or_another_ailment(name):
    assert found(rule, trained(**HEALTHY[name])) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_verdict_does_not_hang_on_the_start(seed):
    assert found(rule, trained(seed=seed)) == []
    assert found(rule, trained(rate=60, seed=seed)) == [("critical", ())]


def steps(promise=1.0, moved=0.01, jump=1.0, at=(3,), loss=(2.0, 1.9), length=14, weights=None, facts=()):
    """A run whose recorded steps number `at` have these measures, against 1, 0.01 and 1 elsewhere."""
    batch = [2.0 * (jump if i in at else 1) for i in range(length)]
    change = [-(promise if i in at else 1) * batch[i] for i in range(length)]
    parts = [series("weight_norm", "k", weights or [1.0] * length), series("gradient_norm", "k", [1.0] * length)]
    parts += [series("update_ratio", "k", [moved if i in at else 0.01 for i in range(length)])]
    return run(
        list(facts), parts, series("batch_loss", "train", batch), series("predicted_loss_change", "train", change), losses(loss)
    )


@pytest.mark.parametrize(
    "clues, sick",
    [
        ({"promise": 6.0}, False),
        ({"moved": 0.5}, False),
        ({"jump": 3.0}, False),
        ({"promise": 6.0, "moved": 0.5}, True),
        ({"promise": 6.0, "moved": 0.2}, False),
        ({"promise": 3.0, "moved": 0.5}, False),
        ({"promise": 6.0, "jump": 3.0}, True),
        ({"promise": 6.0, "jump": 1.5}, False),
        ({"moved": 0.5, "jump": 3.0}, True),
        ({"promise": 6.0, "weights": [1.0] * 13 + [4.0]}, True),
        ({"promise": 6.0, "weights": [1.0] * 13 + [2.0]}, False),
    ],
)
def test_it_takes_two_clues(clues, sick):
    assert bool(found(rule, steps(**clues))) is sick


def test_a_late_leap_counts_where_nothing_was_learned():
    late = {"promise": 6.0, "moved": 0.5, "facts": CLASSES}
    assert found(rule, steps(**late, at=[10], loss=[2.3, 2.2])) == [("critical", ())]
    assert found(rule, steps(**late, at=[10, 12], loss=[2.3, 1.6])) == []
    assert found(rule, steps(**late, at=[10, 11, 13], loss=[2.3, 1.6])) == [("warning", ())]


@pytest.mark.parametrize("jump, end, sick", [(3.0, 0.8, True), (1.0, 0.8, False), (3.0, 0.4, False)])
def test_a_good_result_takes_all_clues_and_a_very_good_one_clears(jump, end, sick):
    assert bool(found(rule, steps(6.0, 0.5, jump, loss=[2.3, end], facts=CLASSES))) is sick


def test_a_sicker_run_is_not_judged_healthier():
    sure = [rule.examine(steps(promise=10.0, moved=0.5, jump=jump))[0].confidence for jump in (1.0, 3.0, 1e300)]
    assert sure == sorted(sure)
    assert found(rule, steps(promise=INF, moved=INF, loss=[2.0, NAN])) == [("critical", ())]


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the norms of gradients, weights and steps")
    assert isinstance(rule.examine(run(losses([2.0]))), Missing)
    assert isinstance(rule.examine(run(series("weight_norm", "k", [1.0]), series("gradient_norm", "k", [1.0]))), Missing)
