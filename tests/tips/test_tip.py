"""What holds for every tip, whatever it does."""

import copy
import doctest
import subprocess
import sys

import keras_tuner
import pytest
from sick_experiments import NEEDED, SICK, SUBCLASSED, cured, sick_for

from keras_tips.records import Experiment
from keras_tips.tips import Tip, get, names

# Tips that look at optimizer, loss, fit or callbacks alone.
NOT_OF_THE_MODEL = {
    "adam",
    "class_weights",
    "clip_gradients",
    "default_epsilon",
    "early_stopping",
    "higher_learning_rate",
    "larger_batch",
    "learning_rate_schedule",
    "lower_learning_rate",
    "mean_reduction",
    "momentum",
    "more_epochs",
    "shuffle",
    "smaller_batch",
    "warmup",
    "weight_decay",
}
BY_HAND = ("ensemble", "repair_data", "same_preprocessing", "stratified_split")


@pytest.fixture(params=names())
def tip(request):
    return get(request.param)


@pytest.fixture(params=[name for name in names() if name not in BY_HAND])
def program(request):
    """A tip that a program can apply."""
    return get(request.param)


def test_leaves_the_given_experiment_alone(program):
    before = copy.deepcopy(sick_for(program.name))
    cured(program)
    assert before == sick_for(program.name)


def test_changes_a_sick_experiment_and_says_so(program):
    changed = cured(program)
    assert changed.applied == (program.name,)
    assert changed.replace(applied=()) != sick_for(program.name)


def test_a_second_time_changes_nothing_unless_it_goes_a_step_further(program):
    once = cured(program)
    assert (cured(program, once) == once) is not program.repeats


@pytest.mark.parametrize("name", BY_HAND)
def test_what_is_done_by_hand_says_what_to_do(name):
    tip = get(name)
    assert tip.by_hand
    assert not tip.automatic
    with pytest.raises(ValueError, match=f"Invalid use of the tip {name}. It is work by hand. .*keras-tips explain {name}"):
        tip.apply(SICK)


def test_only_these_are_done_by_hand():
    assert tuple(name for name in names() if get(name).by_hand) == BY_HAND


@pytest.mark.parametrize("name", NEEDED)
def test_asks_for_values_that_come_from_the_data(name):
    tip = get(name)
    assert tip.needs == tuple(NEEDED[name])
    assert not tip.automatic
    with pytest.raises(ValueError, match=f"Invalid `{tip.needs[0]}`. The tip {name} needs it."):
        tip.apply(sick_for(name))


@pytest.mark.parametrize("other", [None, {"model": {}}, "relu", 3])
def test_refuses_what_is_no_experiment(tip, other):
    with pytest.raises(ValueError, match=r"Invalid `experiment`\. Expected an Experiment\. Received: experiment="):
        tip.apply(other)


def test_tells_the_nearest_value(tip):
    known = next(iter((*tip.needs, *tip.defaults)), None)
    with pytest.raises(ValueError, match=f"Did you mean '{known}'" if known else "Invalid value of the tip"):
        tip.apply(SICK, **{f"{known}s": 3})


@pytest.mark.parametrize("name", sorted({*names()} - {*BY_HAND} - NOT_OF_THE_MODEL))
def test_refuses_a_subclassed_model(name):
    with pytest.raises(ValueError, match=r"Invalid `model`.*Sequential or functional"):
        cured(get(name), SUBCLASSED)


@pytest.mark.parametrize("name", sorted(NOT_OF_THE_MODEL))
def test_a_subclassed_model_is_no_hindrance_where_the_model_stays(name):
    assert isinstance(cured(get(name), SUBCLASSED), Experiment)


def test_searches_values_that_it_accepts(program):
    for value, options in program.choices.items():
        assert program.defaults[value] in options
        for option in options:
            assert isinstance(cured(program, **{value: option}), Experiment)


@pytest.mark.parametrize("bad", [None, "much", float("nan"), -1.0, [0.5]])
def test_refuses_bad_values(program, bad):
    for value in program.choices:
        with pytest.raises(ValueError, match=f"Invalid `{value}`.*{value}="):
            cured(program, **{value: bad})


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
    for part in (tip.name, "Why:", "When:", "Source:", f"Treats: {tip.treats[0]}", ">>>"):
        assert part in page
    assert all(value in page for value in (*tip.needs, *tip.defaults))


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
