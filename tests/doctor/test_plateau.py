import numpy as np
import pytest
from doctor_runs import NAN, found, losses, run
from small_training import trained
from stopped_runs import HALF_WAY, NOWHERE, more_to_learn, point, stopped

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.plateau import plateau as rule

SICK = [("warning", ())]


def test_sick():
    (finding,) = rule.examine(stopped(NOWHERE, point()))
    assert (finding.severity, finding.stage, finding.confidence) == ("warning", "training", 0.5)


def test_a_network_whose_signal_shrinks():
    assert found(rule, trained(widths=(16,) * 6, gain=0.3)) == SICK


@pytest.mark.parametrize("settings", [{}, {"spread": 2.0}, {"rate": 0.001}, {"rate": 1e-5}, {"epochs": 3, "rate": 0.03}])
def test_healthy_networks_and_other_ailments(settings):
    assert found(rule, trained(**settings)) == []


@pytest.mark.parametrize(
    "a_run, sick",
    [
        (stopped(NOWHERE), True),
        (stopped(NOWHERE * 0.93), True),
        (stopped(NOWHERE * 0.85), False),  # something was learned
        (stopped(HALF_WAY), False),
        (stopped(np.linspace(2.3, 2.15, 12)), False),  # still falls
        (stopped(np.linspace(2.3, 2.26, 12)), True),
        (stopped(np.linspace(2.3, 2.6, 12)), False),  # rises
        (stopped(NOWHERE + np.array([0.05, -0.05] * 6)), True),
        (stopped(NOWHERE + np.array([0.5, -0.5] * 6)), False),  # what swings has not stopped
        (stopped(np.full(12, 0.1)), False),  # converged
        (stopped(NOWHERE, point(gradient=0.1)), True),
        (stopped(NOWHERE, point(gradient=0.5)), False),  # the gradient is not zero
        (stopped(NOWHERE, point(smallest=-0.05)), True),
        (stopped(NOWHERE, point(smallest=-0.2)), False),  # a saddle
        (stopped(NOWHERE, point(gradient=NAN)), True),  # as if it had not been measured
    ],
)
def test_marks(a_run, sick):
    assert found(rule, a_run) == (SICK if sick else [])


@pytest.mark.parametrize("simple, sick", [(0.9, True), (0.12, False)])
def test_data_in_which_nothing_finds_anything_are_no_plateau(simple, sick):
    assert bool(found(rule, stopped(NOWHERE, more_to_learn(simple)))) is sick


def test_the_more_was_measured_the_surer():
    runs = [stopped(NOWHERE), stopped(NOWHERE, more_to_learn()), stopped(NOWHERE, point(), more_to_learn())]
    sure = [rule.examine(a_run)[0].confidence for a_run in runs]
    assert sure == sorted(set(sure))


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(stopped([2.3, 2.3])), Missing)
    assert isinstance(rule.examine(stopped([2.3, 2.3, NAN])), Missing)
    assert isinstance(rule.examine(run(losses(NOWHERE))), Missing)
