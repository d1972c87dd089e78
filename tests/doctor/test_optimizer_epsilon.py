import pytest
from doctor_runs import INF, NAN, fact, found, layer, optimizer, run, series
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.optimizer_epsilon import optimizer_epsilon as rule


def gradients(entry, entries=100):
    """Norms of a gradient whose entries have this root mean square."""
    norm = entry * entries**0.5
    parts = [series("gradient_norm", "a/kernel", [norm] * 4), series("weight_norm", "a/kernel", [1.0] * 4)]
    return [fact("layers", [layer("a", parameters=entries, variables=["a/kernel"])]), *parts]


@pytest.mark.parametrize("epsilon", [0.0, 1e-38, 1e-16, 1e-11])
@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (GOOD, "info"), (UNSEEN, "info")])
def test_tiny(epsilon, records, severity):
    assert found(rule, run(optimizer("Adam", epsilon=epsilon), records)) == [(severity, ())]


@pytest.mark.parametrize("epsilon, words", [(1e-18, "rounding noise"), (1e-20, "single precision")])
def test_below_the_root_of_the_smallest_number_it_stands_in_for_nothing(epsilon, words):
    (finding,) = rule.examine(run(optimizer("Adam", epsilon=epsilon), BAD))
    assert words in finding.message


@pytest.mark.parametrize("epsilon", [-1e-7, NAN, INF])
def test_no_positive_number(epsilon):
    assert found(rule, run(optimizer("Adam", epsilon=epsilon))) == [("warning", ())]


@pytest.mark.parametrize("epsilon, sick", [(0.3e-1, False), (3e-1, True)])
def test_large_is_measured_by_the_gradients(epsilon, sick):
    a_run = run(optimizer("Adam", epsilon=epsilon), gradients(0.01), BAD)
    assert found(rule, a_run) == ([("warning", ())] if sick else [])


@pytest.mark.parametrize("epsilon, sick", [(9e-6, False), (1e-4, True)])
def test_nobody_is_blamed_for_a_little_more_than_the_default(epsilon, sick):
    assert bool(found(rule, run(optimizer("Adam", epsilon=epsilon), gradients(1e-8), BAD))) is sick


@pytest.mark.parametrize("epsilon, sick", [(1e-3, False), (1e-1, True)])
def test_large_where_gradients_were_not_measured(epsilon, sick):
    assert found(rule, run(optimizer("RMSprop", epsilon=epsilon), BAD)) == ([("warning", ())] if sick else [])
    assert found(rule, run(optimizer("RMSprop", epsilon=epsilon), GOOD)) == ([("info", ())] if sick else [])


@pytest.mark.parametrize(
    "name, epsilon",
    [("Adam", 1e-7), ("Adam", 1e-8), ("Adam", 1e-10), ("Adam", None), ("Adadelta", 1e-2), ("SGD", 1e-30), ("Adafactor", 1e-30)],
)
def test_healthy(name, epsilon):
    assert found(rule, run(optimizer(name, epsilon=epsilon), BAD)) == []


def test_vanished_gradients_do_not_blame_the_default():
    assert found(rule, run(optimizer("Adam", epsilon=1e-7), gradients(1e-12), BAD)) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
