"""What holds for every tip, whatever it does."""

import copy
import doctest
import subprocess
import sys

import keras_tuner
import pytest
from plain_models import dense, experiment, layer

from keras_tips.records import Experiment
from keras_tips.tips import Tip, get, names

SICK = experiment(
    layer("InputLayer", "pixels", batch_shape=[None, 64], dtype="float32"),
    dense("first", "sigmoid"),
    dense("second", "linear"),
    layer("BatchNormalization", "norm"),
    layer("Activation", "squash", activation="tanh"),
    dense("third", "relu"),
    dense("answer", "softmax", units=10),
)


@pytest.fixture(params=names())
def tip(request):
    return get(request.param)


def test_leaves_the_given_experiment_alone(tip):
    before = copy.deepcopy(SICK)
    tip.apply(SICK)
    assert before == SICK


def test_changes_a_sick_experiment_and_says_so(tip):
    changed = tip.apply(SICK)
    assert changed.applied == (tip.name,)
    assert changed.replace(applied=()) != SICK


def test_a_second_time_changes_nothing(tip):
    once = tip.apply(SICK)
    assert tip.apply(once) == once


@pytest.mark.parametrize("other", [None, {"model": {}}, "relu", 3])
def test_refuses_what_is_no_experiment(tip, other):
    with pytest.raises(ValueError, match=r"Invalid `experiment`\. Expected an Experiment\. Received: experiment="):
        tip.apply(other)


def test_tells_the_nearest_value(tip):
    known = next(iter(tip.defaults))
    with pytest.raises(ValueError, match=f"Did you mean '{known}'"):
        tip.apply(SICK, **{known + "s": 3})


@pytest.mark.parametrize("name", [name for name in names() if name != "early_stopping"])  # it does not look at the model
def test_refuses_a_subclassed_model(name):
    with pytest.raises(ValueError, match=r"Invalid `model`.*Sequential or functional"):
        get(name).apply(Experiment({"class_name": "Mine", "config": {}}, {}))


def test_searches_values_that_it_accepts(tip):
    for value, options in tip.choices.items():
        assert tip.defaults[value] in options
        for option in options:
            assert isinstance(tip.apply(SICK, **{value: option}), Experiment)


def test_opens_hyperparameters_under_its_name(tip):
    hp = keras_tuner.HyperParameters()
    assert tip.space(hp) == {value: tip.defaults[value] for value in tip.choices}
    assert set(hp.values) == {f"{tip.name}.{value}" for value in tip.choices}


def test_leaves_out_what_plays_no_part(tip):
    hp = keras_tuner.HyperParameters()
    hp.Boolean("on", default=False)
    with hp.conditional_scope("on", [True]):
        assert tip.space(hp) == {}


def test_page_explains(tip):
    page = tip.explain()
    for part in (tip.name, "Why:", "When:", "Formula:", "Source:", f"Treats: {tip.treats[0]}", ">>>"):
        assert part in page
    assert all(value in page for value in tip.defaults)


def test_example_on_the_page_runs(tip):
    example = doctest.DocTestParser().get_doctest(tip.explain(), {}, tip.name, None, 0)
    assert example.examples
    result = doctest.DocTestRunner(verbose=False).run(example, out=lambda text: None)
    assert result.failed == 0


def test_a_function_becomes_a_tip():
    @Tip.of(treats=("overfitting",), choices={"rows": (1, 2)})
    def more_data(experiment, rows=1):
        """More rows."""
        return experiment.replace(fit={**experiment.fit, "rows": rows})

    assert (more_data.name, more_data.treats, more_data.defaults) == ("more_data", ("overfitting",), {"rows": 1})
    assert more_data.apply(SICK, rows=2).fit == {"epochs": 2, "rows": 2}


def test_needs_no_framework():
    code = (
        "import sys; from keras_tips.tips import get, names; [get(name).explain() for name in names()];"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'jax', 'torch', 'keras_tuner')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
