import pytest
from doctor_runs import NAN, fact, found, layer, losses, one_hot_target, output, reference, regression_target, run, series

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.targets_not_scaled import targets_not_scaled as rule

PRICES = regression_target(80_000.0, 900_000.0, 210_000.0, 90_000.0)
THOUSANDS = regression_target(5.0, 50.0, 22.5, 9.2)
Z_SCORED = regression_target(-2.5, 2.5, 0.0, 1.0)
OFFSET = regression_target(24.0, 26.0, 25.0, 0.3)
SMALL = regression_target(-0.004, 0.004, 0.0, 0.002)
VARIANCE = {id(PRICES): 9e4**2, id(THOUSANDS): 9.2**2, id(OFFSET): 0.09, id(SMALL): 4e-6}


def data(goal, *more, activation="linear", loss="mean_squared_error", last=None):
    last = layer("last", activation=activation, output=True) if last is None else last
    return run(
        fact("layers", [layer("first"), last]), fact("outputs", [output(activation, loss, 1)]), fact("targets", [goal]), *more
    )


def trained(goal, left, score=None, linear=0.6):
    """A run that left this share of the variance unexplained."""
    simple = fact("references", [reference("numbers", linear_held_out=linear, neighbours_held_out=linear, deviation=0.05)])
    more = [] if score is None else [series("training_score", "out", [-5.0, score])]
    return data(goal, losses([VARIANCE[id(goal)] * 4, VARIANCE[id(goal)] * left]), simple, *more)


@pytest.mark.parametrize("goal, word", [(PRICES, "units from"), (OFFSET, "units from"), (SMALL, "hardly differ")])
def test_sick(goal, word):
    (finding,) = rule.examine(trained(goal, 1.6, -0.6))
    assert (finding.severity, finding.layers, finding.tips) == ("warning", ("last",), ("scale_targets",))
    assert word in finding.message


HEALTHY = {
    "z-scored": data(Z_SCORED, losses([1.0, 1.0])),
    "zero to one": data(regression_target(0.0, 1.0, 0.4, 0.2), losses([0.1, 0.04])),
    "some units": data(regression_target(0.15, 5.0, 2.1, 1.15), losses([4.0, 0.5])),
    "classes": data(one_hot_target(), losses([1.0, 1.0])),
    "a loss of ratios": data(PRICES, losses([100.0, 99.0]), loss="mean_absolute_percentage_error"),
    "a loss of logarithms": data(PRICES, losses([100.0, 99.0]), loss="mean_squared_logarithmic_error"),
    "rates of counts": data(PRICES, losses([100.0, 99.0]), loss="poisson"),
    "bounded outputs, which is another ailment": data(PRICES, losses([1e9, 1e9]), activation="sigmoid"),
    "a layer that brings outputs to scale": data(PRICES, losses([1e9, 1e9]), last=layer("last", "Rescaling", None, 0)),
    "a bias that starts at the mean": data(THOUSANDS, losses([84.0, 80.0]), last=layer("last", bias_mean=22.0)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    assert found(rule, HEALTHY[name]) == []


@pytest.mark.parametrize("goal", [PRICES, THOUSANDS, OFFSET, SMALL])
def test_a_run_that_learned_well_is_only_told(goal):
    assert found(rule, trained(goal, 0.1, 0.9)) == [("info", ("last",))]


def test_a_run_that_learned_what_there_is_to_learn_is_only_told():
    assert found(rule, trained(THOUSANDS, 0.45, 0.55)) == [("info", ("last",))]


def test_what_goes_wrong_at_inference_alone_is_no_matter_of_scale():
    assert found(rule, trained(THOUSANDS, 0.45, -6.0)) == [("info", ("last",))]


def test_a_run_far_behind_a_linear_readout_suffers():
    assert found(rule, trained(THOUSANDS, 0.75, 0.25)) == [("warning", ("last",))]


@pytest.mark.parametrize("goal, severity", [(PRICES, "warning"), (THOUSANDS, "info")])
def test_of_targets_that_are_far_off_more_is_expected(goal, severity):
    """A linear readout explains half and more, and the network a tenth less."""
    assert found(rule, trained(goal, 0.55, 0.45)) == [(severity, ("last",))]
    assert found(rule, trained(PRICES, 0.45, 0.55)) == [("info", ("last",))]


def test_targets_that_nothing_predicts_are_another_ailment():
    assert found(rule, trained(THOUSANDS, 1.0, 0.0, linear=0.0)) == [("info", ("last",))]


@pytest.mark.parametrize("linear, severity", [(0.03, "info"), (0.08, "warning")])
def test_what_a_simple_predictor_finds_is_there_to_learn(linear, severity):
    assert found(rule, trained(THOUSANDS, 1.0, 0.0, linear=linear)) == [(severity, ("last",))]


@pytest.mark.parametrize("mean, sick", [(7.0, False), (13.0, True)])
def test_large_begins_at_ten_units(mean, sick):
    goal = regression_target(mean - 2, mean + 2, mean, 1.0)
    assert bool(found(rule, data(goal, losses([50.0, 3.0])))) is sick


@pytest.mark.parametrize("deviation, sick", [(0.013, False), (0.007, True)])
def test_small_begins_at_a_hundredth(deviation, sick):
    goal = regression_target(0.0, 1.0, 0.0, deviation)
    assert bool(found(rule, data(goal, losses([1.0, 1e-3])))) is sick


@pytest.mark.parametrize(
    "goal, severity", [(PRICES, "warning"), (THOUSANDS, "info"), (SMALL, "info"), (regression_target(0, 1, 0, 5e-4), "warning")]
)
def test_before_training_only_the_extreme_counts(goal, severity):
    assert found(rule, data(goal)) == [(severity, ("last",))]


@pytest.mark.parametrize("mean, severity", [(70.0, "info"), (140.0, "warning")])
def test_extreme_begins_at_a_hundred_units(mean, severity):
    assert found(rule, data(regression_target(mean - 2, mean + 2, mean, 1.0))) == [(severity, ("last",))]


@pytest.mark.parametrize("deviation, severity", [(0.0014, "info"), (0.0007, "warning")])
def test_and_at_a_thousandth(deviation, severity):
    assert found(rule, data(regression_target(0.0, 1.0, 0.0, deviation))) == [(severity, ("last",))]


def test_a_loss_that_never_was_a_number():
    assert found(rule, data(PRICES, losses([NAN, NAN]))) == [("warning", ("last",))]


def test_farther_targets_are_not_milder():
    goals = [regression_target(mean - 1, mean + 1, mean, 1.0) for mean in (0.0, 20.0, 50.0, 1e4, 1e30)]
    loud = [any(severity == "warning" for severity, _ in found(rule, data(goal, losses([1e3, 2.0])))) for goal in goals]
    assert loud == sorted(loud)


def test_says_what_is_missing():
    assert rule.examine(run()) == Missing("needs the outputs of the model and the training targets")
