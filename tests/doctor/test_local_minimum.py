import pytest
from doctor_runs import found, run
from stopped_runs import HALF_WAY, NOWHERE, more_to_learn, point, stopped

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.local_minimum import local_minimum as rule


def test_sick():
    (finding,) = rule.examine(stopped(HALF_WAY, point(), more_to_learn(learned=0.4)))
    assert (finding.severity, finding.stage, finding.tips[0]) == ("warning", "training", "more_units")


def test_only_a_remark_where_nothing_proves_that_there_is_more_to_learn():
    assert found(rule, stopped(HALF_WAY, point())) == [("info", ())]


@pytest.mark.parametrize("simple, sick", [(0.9, True), (0.6, True), (0.45, False), (0.3, False)])
def test_the_best_that_can_be_learned_is_healthy(simple, sick):
    assert bool(found(rule, stopped(HALF_WAY, point(), more_to_learn(simple, learned=0.4)))) is sick


@pytest.mark.parametrize(
    "a_run, sick",
    [
        (stopped(NOWHERE, point()), False),  # a plateau
        (stopped(HALF_WAY, point(smallest=-0.07)), True),
        (stopped(HALF_WAY, point(smallest=-0.13)), False),  # a saddle
        (stopped(HALF_WAY, point(gradient=0.15)), True),
        (stopped(HALF_WAY, point(gradient=0.3)), False),  # the gradient shows a way
        (stopped(HALF_WAY / 2, point()), False),  # good
    ],
)
def test_marks(a_run, sick):
    assert bool(found(rule, a_run)) is sick


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert rule.examine(stopped(HALF_WAY)) == Missing("needs the curvature of the loss where learning stopped")
