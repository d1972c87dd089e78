import pytest
from doctor_runs import INF, found, run
from stopped_runs import HALF_WAY, NOWHERE, more_to_learn, point, stopped

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.saddle_point import saddle_point as rule


def test_sick():
    (finding,) = rule.examine(stopped(HALF_WAY, point(smallest=-0.3)))
    assert (finding.severity, finding.stage, finding.tips[0]) == ("warning", "training", "momentum")
    assert "curves down" in finding.message


@pytest.mark.parametrize(
    "a_run, sick",
    [
        (stopped(NOWHERE, point(smallest=-0.3)), True),
        (stopped(HALF_WAY, point(smallest=-0.13)), True),
        (stopped(HALF_WAY, point(smallest=-0.07)), False),  # trained networks have many of these
        (stopped(HALF_WAY, point(smallest=0.1)), False),
        (stopped(HALF_WAY, point(gradient=0.5, smallest=-0.3)), False),  # the gradient shows the way
        (stopped(HALF_WAY, point(largest=0.0, smallest=-0.3)), False),  # and where nothing curves up, a gradient is a gradient
        (stopped(HALF_WAY, point(gradient=0.0, largest=0.0, smallest=-0.3)), True),
        (stopped(HALF_WAY / 2, point(smallest=-0.3)), False),  # good
        (stopped(HALF_WAY, point(smallest=-0.3), more_to_learn(0.12)), False),  # nothing more to learn
    ],
)
def test_marks(a_run, sick):
    assert bool(found(rule, a_run)) is sick


def test_steeper_is_surer():
    runs = [stopped(HALF_WAY, point(smallest=-size)) for size in (0.1, 0.3, 0.5)]
    sure = [rule.examine(a_run)[0].confidence for a_run in runs]
    assert sure == sorted(set(sure))


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert rule.examine(stopped(HALF_WAY)) == Missing("needs the curvature of the loss where learning stopped")
    assert isinstance(rule.examine(stopped(HALF_WAY, point(smallest=-INF))), Missing)
